//! The ratio of two servers from the rounds of one run, with its 95 % confidence interval.
//!
//! Both servers ran in every round, seconds apart, so other work of the machine affected both: the
//! ratio is taken within each round. Ratios are averaged as logarithms, because ½ and 2 are equally
//! far from 1. The interval is Student's, for as few rounds as a bench has.
//!
//! Pure. A bench without libtest runs no unit tests, so `tests/it/bench.rs` includes this file.

/// A ratio and its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// The geometric mean over the rounds.
    pub mean: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Ratio {
    /// The ratio of pairs (ours, theirs), one per round. None if there are fewer than two, or if one
    /// has no ratio.
    pub fn of_pairs(pairs: &[(f64, f64)]) -> Option<Self> {
        let logs: Vec<f64> = pairs.iter().map(|(a, b)| (a / b).ln()).collect();
        if logs.len() < 2 || logs.iter().any(|log| !log.is_finite()) {
            return None;
        }
        let count = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / count;
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        let error = (squares / (count - 1.0) / count).sqrt();
        let half = student(logs.len() - 1) * error;
        Some(Self {
            mean: mean.exp(),
            low: (mean - half).exp(),
            high: (mean + half).exp(),
        })
    }

    /// Whether the interval ends within this share of the mean, on its wider side.
    pub fn is_within(&self, share: f64) -> bool {
        self.high / self.mean - 1.0 <= share
    }
}

/// Quantiles of Student's distribution at 97.5 %, for 1 to 10 degrees of freedom.
const STUDENT: [f64; 10] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
];
/// The same quantile of the normal distribution.
const NORMAL: f64 = 1.959_964;

/// The quantile at 97.5 % for 1 or more degrees of freedom: half the width of a 95 % interval in
/// standard errors.
pub fn student(freedom: usize) -> f64 {
    if let Some(quantile) = STUDENT.get(freedom - 1) {
        return *quantile;
    }
    // The Cornish-Fisher expansion, as far as makes it exact to three decimals from 11 on.
    let (z, n) = (NORMAL, freedom as f64);
    z + (z.powi(3) + z) / (4.0 * n)
        + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n)
        + (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / (384.0 * n.powi(3))
}

/// A straight line through points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Its value at 0.
    pub start: f64,
    /// What it rises by for each 1.
    pub slope: f64,
}

impl Line {
    /// The line with the least squares of *relative* differences, because the values span orders of
    /// magnitude. Points of one place alone have none.
    pub fn fit(points: &[(f64, f64)]) -> Self {
        // Each point says that start · u + slope · v = 1.
        let scaled = points.iter().map(|(x, y)| (1.0 / y, x / y));
        let sum = |get: fn((f64, f64)) -> f64| scaled.clone().map(get).sum::<f64>();
        let (uu, uv, vv) = (
            sum(|(u, _)| u * u),
            sum(|(u, v)| u * v),
            sum(|(_, v)| v * v),
        );
        let (u, v) = (sum(|(u, _)| u), sum(|(_, v)| v));
        let determinant = uu * vv - uv * uv;
        Self {
            start: (u * vv - v * uv) / determinant,
            slope: (v * uu - u * uv) / determinant,
        }
    }

    /// Its value at `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.start + self.slope * x
    }
}
