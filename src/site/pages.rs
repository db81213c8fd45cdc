//! The files of the pages, compiled in. The server opens no file to answer a request: a path that
//! is not in the table, byte for byte, is not found here.

use std::borrow::Cow;
use std::sync::LazyLock;

use crate::http::head::Head;
use crate::site::asset::{Asset, content_type};

/// Files of `src/web`, each once.
macro_rules! table {
    ($($file:literal)*) => {
        vec![$(file($file, include_bytes!(concat!("../web/", $file)))),*]
    };
}

/// All files that this build serves.
static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets = shared();
    assets.extend(chat_pages());
    assets.extend(texts());
    assets.extend(desk());
    assets.extend(wall());
    assets.extend(teaching_pages());
    assets
});

/// What every page shares.
fn shared() -> Vec<Asset> {
    table! {
        "base/clean.js"
        "base/dom.js"
        "base/en.js"
        "base/favicon.svg"
        "base/features.js"
        "base/found.js"
        "base/frame-parts.js"
        "base/header.css"
        "base/i18n.js"
        "base/icons.svg"
        "base/session.js"
        "base/socket.js"
        "base/style.css"
        "base/time.js"
        "base/zh.js"
    }
}

/// The page of the chat: what it does, and what it looks like.
fn chat_pages() -> Vec<Asset> {
    table! {
        "chat/archive.js"
        "chat/changes.js"
        "chat/chat.js"
        "chat/entry.js"
        "chat/moderation.js"
        "chat/observer.js"
        "chat/outbox.js"
        "chat/removal.js"
        "chat/presence.js"
        "chat/room.js"
        "chat/speech.js"
        "page/announce.js"
        "page/app.js"
        "page/avatar.css"
        "page/avatar.js"
        "page/byte-bar.js"
        "page/composer.js"
        "page/dialog.js"
        "page/display.js"
        "page/downloads.js"
        "page/drawers.js"
        "page/index.html"
        "page/join.js"
        "page/keys.js"
        "page/log.css"
        "page/log.js"
        "page/me.js"
        "page/menu.js"
        "page/message.js"
        "page/page.css"
        "page/people.js"
        "page/person.js"
        "page/pin.js"
        "page/protocol-view.js"
        "page/reactions.js"
        "page/roomlist.js"
        "page/rows.js"
        "page/search.js"
        "page/sentences.js"
        "page/status.js"
        "page/updates.js"
        "page/walk.js"
    }
}

/// The texts of messages, and how they get into the composer.
fn texts() -> Vec<Asset> {
    table! {
        "chat/lengths.js"
        "chat/markup.js"
        "chat/math.js"
        "chat/mentions.js"
        "chat/paste.js"
        "chat/tokens.js"
        "page/complete.js"
        "page/drafts.js"
        "page/enter.js"
        "page/insert.js"
        "page/paste.js"
        "page/text.css"
        "page/text.js"
        "page/words/en-text.js"
        "page/words/zh-text.js"
    }
}

/// The desk: what runs a class, a model, a view and words for each feature.
fn desk() -> Vec<Asset> {
    table! {
        "chat/approvals.js"
        "chat/class.js"
        "chat/clearings.js"
        "chat/feature.js"
        "chat/hands.js"
        "chat/polls.js"
        "chat/private.js"
        "page/approvals.js"
        "page/cards.js"
        "page/class.js"
        "page/code-box.js"
        "page/desk.css"
        "page/desk.js"
        "page/hand-form.js"
        "page/hands.js"
        "page/poll-card.js"
        "page/poll-form.js"
        "page/poll-parts.js"
        "page/people.css"
        "page/polls.css"
        "page/lesson.js"
        "page/polls.js"
        "page/private.js"
        "page/register.js"
        "page/sanctions.js"
        "page/reports.js"
        "page/words/en-approvals.js"
        "page/words/en-class.js"
        "page/words/en-desk.js"
        "page/words/en-hands.js"
        "page/words/en-polls.js"
        "page/words/en-private.js"
        "page/words/words.js"
        "page/words/zh-approvals.js"
        "page/words/zh-class.js"
        "page/words/zh-desk.js"
        "page/words/zh-hands.js"
        "page/words/zh-polls.js"
        "page/words/zh-private.js"
    }
}

/// The wall, the first minutes of a teacher, what wants attention, and new rooms.
fn wall() -> Vec<Asset> {
    table! {
        "base/favicon-dot.svg"
        "chat/attention.js"
        "page/attention.js"
        "page/first-run.js"
        "page/join-info.js"
        "page/room-new.js"
        "page/wall-button.js"
        "page/wall-join.js"
        "page/wall-room.js"
        "page/wall.css"
        "page/wall.html"
        "page/wall.js"
        "page/words/en-attention.js"
        "page/words/en-wall.js"
        "page/words/zh-attention.js"
        "page/words/zh-wall.js"
    }
}

/// The protocol view, the guide, the lab and the tasks.
#[cfg(feature = "full")]
fn teaching_pages() -> Vec<Asset> {
    table! {
        "glass/acts.js"
        "glass/answer.js"
        "glass/attempts.js"
        "glass/bits.css"
        "glass/byteline.js"
        "glass/calls.js"
        "glass/capture.js"
        "glass/chart.js"
        "glass/demo.js"
        "glass/en-bits.js"
        "glass/en-capture.js"
        "glass/en.js"
        "glass/fields.js"
        "glass/frame.js"
        "glass/frames.js"
        "glass/glass.css"
        "glass/glass.js"
        "glass/handshake.js"
        "glass/ladders.js"
        "glass/ledger.js"
        "glass/lens.js"
        "glass/link.js"
        "glass/mask.js"
        "glass/messages.js"
        "glass/parts.js"
        "glass/pcapng.js"
        "glass/recording.js"
        "glass/ruler.js"
        "glass/saving.js"
        "glass/size.js"
        "glass/tools.js"
        "glass/typed.js"
        "glass/views.css"
        "glass/words.js"
        "glass/zh-bits.js"
        "glass/zh-capture.js"
        "glass/zh.js"
        "guide/en.js"
        "guide/guide.css"
        "guide/guide.js"
        "guide/zh.js"
        "lab/api.js"
        "lab/authority.js"
        "lab/builder.js"
        "lab/card.js"
        "lab/draft.js"
        "lab/exchange.css"
        "lab/exchange.js"
        "lab/fields.js"
        "lab/frame.js"
        "lab/handshake.js"
        "lab/hex.js"
        "lab/lab.css"
        "lab/lab.html"
        "lab/lab.js"
        "lab/meet-run.js"
        "lab/meet.css"
        "lab/meet.js"
        "lab/parts.js"
        "lab/preview.js"
        "lab/result.js"
        "lab/rfc.js"
        "lab/right.js"
        "lab/ruler.js"
        "lab/words/en-closing.js"
        "lab/words/en-frames.js"
        "lab/words/en-handshake.js"
        "lab/words/en-meet.js"
        "lab/words/en-messages.js"
        "lab/words/en-rulings.js"
        "lab/words/en.js"
        "lab/words/words.js"
        "lab/words/zh-closing.js"
        "lab/words/zh-frames.js"
        "lab/words/zh-handshake.js"
        "lab/words/zh-meet.js"
        "lab/words/zh-messages.js"
        "lab/words/zh-rulings.js"
        "lab/words/zh.js"
        "learn/backpressure.js"
        "learn/compression.js"
        "learn/en.js"
        "learn/large.js"
        "learn/learn.css"
        "learn/learn.js"
        "learn/lines.js"
        "learn/live.js"
        "learn/peers.js"
        "learn/resume.js"
        "learn/rights.js"
        "learn/rooms.js"
        "learn/secure.js"
        "learn/signalling.js"
        "learn/slow-reader.js"
        "learn/ways.js"
        "learn/zh.js"
        "task/en.js"
        "task/task.css"
        "task/task.html"
        "task/task.js"
        "task/zh.js"
    }
}

/// The minimal build has none of them.
#[cfg(not(feature = "full"))]
fn teaching_pages() -> Vec<Asset> {
    Vec::new()
}

/// Returns the file that is served under the path of a request.
pub(super) fn page(head: &Head) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path() == head.path)
}

fn file(name: &'static str, bytes: &'static [u8]) -> Asset {
    Asset::new(
        served_at(name),
        content_type(name),
        None,
        Cow::Borrowed(bytes),
    )
}

/// Returns the path of a file: a page's own name without its folder, or `/assets/` and the path of
/// any other file.
fn served_at(file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or_default();
    match name.strip_suffix(".html") {
        Some("index") => "/".into(),
        Some(page) => format!("/{page}"),
        None => format!("/assets/{file}"),
    }
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
