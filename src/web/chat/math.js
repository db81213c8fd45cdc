// The math between $$ and $$, as a tree for MathML: fractions, roots, powers and indices, Greek letters and the usual
// signs. Pure and total: what it does not know gives null, and the reader sees the source. No DOM.
//
// A node is {tag, text} or {tag, of: [node, …]}.

// A formula with more nodes, or deeper, is shown as its source.
const MOST_NODES = 500;
const DEEPEST = 12;

const GREEK = 'alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω infty ∞';
const SIGNS = 'cdot ⋅ times × pm ± div ÷ le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ equiv ≡ to → in ∈ oplus ⊕ sum ∑ int ∫ lfloor ⌊ rfloor ⌋ ldots …';
const table = (words) => {
  const all = words.split(' ');
  return new Map(all.filter((word, n) => n % 2 === 0).map((word, n) => [word, all[2 * n + 1]]));
};
const LETTERS = table(GREEK);
const OPERATORS = table(SIGNS);
// What stands above and below such a sign in a formula of its own line.
const LARGE = ['∑'];

const TOKEN = /\s*(?:\\([A-Za-z]+|[{}%,;])|(\d+(?:[.,]\d+)?)|([\p{L}])|([-+*/=<>()[\]|!,.:;'%]|[±×÷⋅≤≥≠≈∞→∈⊕√∑∫]|[{}^_]))/uy;

class Unknown extends Error {}

/** The tokens of a formula: {command | number | letter | sign}. */
function read(source) {
  const found = [];
  const text = source.trim();
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new Unknown();
    const [, command, number, letter, sign] = match;
    const token = { command, number, letter, sign };
    // The words of \text are not math.
    if (command === 'text') {
      const words = /\s*\{([^{}\\$]*)\}/y;
      words.lastIndex = TOKEN.lastIndex;
      const inside = words.exec(text);
      if (!inside) throw new Unknown();
      [, token.words] = inside;
      TOKEN.lastIndex = words.lastIndex;
    }
    found.push(token);
    if (found.length > MOST_NODES) throw new Unknown();
  }
  return found;
}

class Reader {
  constructor(tokens) {
    Object.assign(this, { tokens, at: 0, depth: 0 });
  }

  is(sign) { return this.at < this.tokens.length && this.tokens[this.at].sign === sign; }

  next() {
    if (this.at >= this.tokens.length) throw new Unknown();
    this.at += 1;
    return this.tokens[this.at - 1];
  }

  /** Everything up to a sign, or to the end. */
  row(until) {
    this.depth += 1;
    if (this.depth > DEEPEST) throw new Unknown();
    const of = [];
    while (this.at < this.tokens.length && !(until && this.is(until))) of.push(this.scripted());
    if (until) {
      if (!this.is(until)) throw new Unknown();
      this.at += 1;
    }
    this.depth -= 1;
    return of.length === 1 ? of[0] : { tag: 'mrow', of };
  }

  /** One thing, with its power and its index. */
  scripted() {
    const base = this.one();
    let [low, high] = [null, null];
    while (this.is('^') || this.is('_')) {
      const up = this.next().sign === '^';
      if (up ? high : low) throw new Unknown();
      const script = this.one();
      if (up) high = script;
      else low = script;
    }
    const large = LARGE.includes(base.text);
    if (low && high) return { tag: large ? 'munderover' : 'msubsup', of: [base, low, high] };
    if (low) return { tag: large ? 'munder' : 'msub', of: [base, low] };
    return high ? { tag: large ? 'mover' : 'msup', of: [base, high] } : base;
  }

  /** One thing: a number, a letter, a sign, a group, or a command with what belongs to it. */
  one() {
    const token = this.next();
    if (token.number) return { tag: 'mn', text: token.number };
    if (token.letter) return { tag: 'mi', text: token.letter };
    if (token.command) return this.command(token);
    if (token.sign === '{') return this.row('}');
    if ('}^_'.includes(token.sign)) throw new Unknown();
    if (token.sign === '∞') return { tag: 'mi', text: '∞' };
    return { tag: 'mo', text: token.sign === '-' ? '−' : token.sign === "'" ? '′' : token.sign };
  }

  group() {
    this.depth += 1;
    if (this.depth > DEEPEST) throw new Unknown();
    const found = this.one();
    this.depth -= 1;
    return found;
  }

  command({ command, words }) {
    if (LETTERS.has(command)) return { tag: 'mi', text: LETTERS.get(command) };
    if (OPERATORS.has(command)) return { tag: 'mo', text: OPERATORS.get(command) };
    if (command === 'text') return { tag: 'mtext', text: words };
    if (command === 'frac') return { tag: 'mfrac', of: [this.group(), this.group()] };
    if (command === 'bmod') return { tag: 'mo', text: 'mod', wide: true };
    if (command === 'sqrt') {
      if (!this.is('[')) return { tag: 'msqrt', of: [this.group()] };
      this.at += 1;
      const index = this.row(']');
      return { tag: 'mroot', of: [this.group(), index] };
    }
    if ('{}%'.includes(command)) return { tag: 'mo', text: command };
    if (',;'.includes(command)) return { tag: 'mtext', text: '\u2009' };
    throw new Unknown();
  }
}

/** A formula as a tree, or null if something in it is unknown. */
export function math(source) {
  try {
    const tree = new Reader(read(source)).row(null);
    return tree.of && !tree.of.length ? null : tree;
  } catch (error) {
    if (error instanceof Unknown) return null;
    throw error;
  }
}
