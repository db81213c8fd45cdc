//! The whole table.

use crate::limits::broken::BROKEN;
use crate::limits::chat::{CHAT, READING, SENDING};
use crate::limits::classroom::CLASSROOM;
use crate::limits::features::{LOG, TEACHING};
use crate::limits::hands::HANDS;
use crate::limits::lens::LENS;
use crate::limits::limit::Group;
use crate::limits::links::LINKS;
use crate::limits::private::PRIVATE;
use crate::limits::store::STORE;
use crate::limits::transport::{CONNECTIONS, HTTP};
use crate::limits::wire::WIRE;

/// All bounds.
pub const LIMITS: &[Group] = &[
    Group {
        title: "Connections",
        limits: CONNECTIONS,
    },
    Group {
        title: "Requests of HTTP, tokens and names",
        limits: HTTP,
    },
    Group {
        title: "Personal links",
        limits: LINKS,
    },
    Group {
        title: "What one client sends",
        limits: READING,
    },
    Group {
        title: "What waits for one client and for all",
        limits: SENDING,
    },
    Group {
        title: "Rooms, people and refs",
        limits: CHAT,
    },
    Group {
        title: "Keeping order",
        limits: CLASSROOM,
    },
    Group {
        title: "Hands and questions",
        limits: HANDS,
    },
    Group {
        title: "Private help and reports",
        limits: PRIVATE,
    },
    Group {
        title: "The history",
        limits: STORE,
    },
    Group {
        title: "Lab, protocol view and tasks",
        limits: TEACHING,
    },
    Group {
        title: "The annotator",
        limits: LENS,
    },
    Group {
        title: "Broken endpoints",
        limits: BROKEN,
    },
    Group {
        title: "`glassroom wire`",
        limits: WIRE,
    },
    Group {
        title: "The log",
        limits: LOG,
    },
];
