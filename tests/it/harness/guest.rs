//! A guest who joins like a page: with a name, the class code, and a device.

use serde_json::{Value, json};

use super::{CLASS_CODE, Chat, Server, http, raw::Response};

/// What `POST /api/join` gave.
#[derive(Clone)]
pub struct Guest {
    pub token: String,
    pub device: String,
    pub id: String,
}

impl Guest {
    /// Asks to join; the answer, whatever it is.
    #[track_caller]
    pub fn try_join(server: &Server, name: &str, device: Option<&str>, code: &str) -> Response {
        let mut body = json!({"name": name, "code": code});
        if let Some(device) = device {
            body["device"] = json!(device);
        }
        http(server.addr, "POST", "/api/join", "", &body.to_string())
    }

    /// Joins with the class code of all servers here.
    #[track_caller]
    pub fn join(server: &Server, name: &str, device: Option<&str>) -> Guest {
        Guest::join_with(server, name, device, CLASS_CODE)
    }

    /// Joins with another class code.
    #[track_caller]
    pub fn join_with(server: &Server, name: &str, device: Option<&str>, code: &str) -> Guest {
        let response = Guest::try_join(server, name, device, code);
        assert_eq!(response.status, 201, "{name}: {}", response.text());
        let joined = response.json();
        let field = |value: &Value| value.as_str().unwrap().to_owned();
        Guest {
            token: field(&joined["token"]),
            device: field(&joined["device"]),
            id: field(&joined["user"]["id"]),
        }
    }

    /// In the default room.
    #[track_caller]
    pub fn connect(&self, server: &Server) -> Chat {
        let mut chat = Chat::connect(server.addr, &self.token);
        chat.expect("joined");
        chat
    }
}
