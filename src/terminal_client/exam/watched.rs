//! Rules that every frame of the server has to obey, whatever the question was.

use crate::lens::note::Hex;
use crate::websocket::frame_header::{FrameHeader, LengthForm};
use crate::websocket::opcode;

/// What was seen all along: for each rule the first frame that broke it.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Frames that were seen.
    pub(crate) frames: u64,
    pub(crate) masked: Option<String>,
    pub(crate) reserved: Option<String>,
    pub(crate) longer: Option<String>,
    pub(crate) control: Option<String>,
}

impl Watched {
    /// Looks at the header of a frame, and its bytes.
    pub(crate) fn see(&mut self, header: &FrameHeader, bytes: &[u8]) {
        self.frames += 1;
        let hex = Hex(bytes.to_vec()).spaced();
        let name = opcode::name(header.opcode);
        let length = header.length;
        let note = |place: &mut Option<String>, what: String| {
            if place.is_none() {
                *place = Some(format!("a {name} frame with the header {hex}: {what}"));
            }
        };
        if header.masked {
            note(&mut self.masked, "its MASK bit is 1".into());
        }
        if header.rsv != 0 || opcode::is_reserved(header.opcode) {
            let what = format!("RSV bits {:03b}, opcode {}", header.rsv, header.opcode);
            note(&mut self.reserved, what);
        }
        if header.form != LengthForm::shortest_for(length) {
            let extra = header.form.extended_bytes();
            let what = format!("the length {length} is written with {extra} more bytes");
            note(&mut self.longer, what);
        }
        if header.is_control() && (length > 125 || !header.fin) {
            let what = format!("{length} bytes, FIN {}", u8::from(header.fin));
            note(&mut self.control, what);
        }
    }
}
