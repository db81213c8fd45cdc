//! Wrong ways to close: RFC 6455 §5.5.1 and §7.4.

use crate::broken::defect::{Act, Defect, Duty, Level, Quotation, Then, To};
use crate::broken::quotations::{FAILED, FAILED_OR_CLOSED, MAY_FAIL, NOT_UTF8, duty, quote};
use crate::broken::wrong;

const fn closing(
    name: &'static str,
    rule: Quotation,
    page: &'static [u16],
    act: fn() -> Vec<u8>,
) -> Defect {
    Defect {
        name,
        group: "closing",
        rule,
        duty: MAY_FAIL,
        page,
        act: Act::Frames(act, Then::AwaitClose),
        client_closes: false,
    }
}

const ANSWER: Quotation = quote(
    "5.5.1",
    "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint \
     MUST send a Close frame in response.",
);

/// Wrong ways to close.
pub(super) const CLOSES: [Defect; 7] = [
    closing(
        "close-1005",
        quote(
            "7.4.1",
            "1005 is a reserved value and MUST NOT be set as a status code in a Close control frame \
             by an endpoint.",
        ),
        &[1006, 1005],
        wrong::close_1005,
    ),
    closing(
        "close-1006",
        quote(
            "7.4.1",
            "1006 is a reserved value and MUST NOT be set as a status code in a Close control frame \
             by an endpoint.",
        ),
        FAILED,
        wrong::close_1006,
    ),
    closing(
        "close-999",
        quote("7.4.2", "Status codes in the range 0-999 are not used."),
        &[1006, 999],
        wrong::close_999,
    ),
    closing(
        "close-one-byte",
        quote(
            "5.5.1",
            "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer \
             (in network byte order) representing a status code with value /code/ defined in Section \
             7.4.",
        ),
        &[1006, 1005],
        wrong::close_of_one_byte,
    ),
    Defect {
        // Only who reads the reason as text is "to interpret" it as UTF-8.
        duty: Duty {
            level: Level::May,
            ..NOT_UTF8
        },
        ..closing(
            "close-reason-not-utf8",
            quote(
                "5.5.1",
                "Following the 2-byte integer, the body MAY contain UTF-8-encoded data with value \
                 /reason/, the interpretation of which is not defined by this specification.",
            ),
            FAILED_OR_CLOSED,
            wrong::close_reason_that_is_not_utf8,
        )
    },
    Defect {
        name: "close-unanswered",
        group: "closing",
        rule: ANSWER,
        duty: duty(
            Level::May,
            To::EndTcp,
            "7.1.1",
            "In abnormal cases (such as not having received a TCP Close from the server after a \
             reasonable amount of time) a client MAY initiate the TCP Close.",
        ),
        page: FAILED,
        act: Act::Mute,
        client_closes: true,
    },
    Defect {
        duty: duty(
            Level::Must,
            To::AnswerClose,
            ANSWER.section,
            ANSWER.sentence,
        ),
        ..closing(
            "data-after-close",
            quote(
                "5.5.1",
                "The application MUST NOT send any more data frames after sending a Close frame.",
            ),
            &[1000],
            wrong::data_after_close,
        )
    },
];
