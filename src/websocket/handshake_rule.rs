//! The names of the rules of the opening handshake (RFC 6455 §4), and what a quotation is.
//! [`crate::websocket::handshake_rules`] has the table.

/// A sentence of an RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quotation {
    /// Its section of RFC 6455, such as `4.2.1`; or of another RFC, such as `RFC 9112 §3.2`.
    pub(crate) section: &'static str,
    /// Its words.
    pub(crate) sentence: &'static str,
}

/// A rule of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeRule {
    /// The request is HTTP.
    ValidRequest,
    /// The method and the version of HTTP.
    Method,
    /// No `#` in the target.
    NoFragment,
    /// `Host`.
    Host,
    /// That field only once.
    SingleHost,
    /// No content.
    NoContent,
    /// `Upgrade` of the request.
    Upgrade,
    /// `Connection` of the request.
    Connection,
    /// `Sec-WebSocket-Key`.
    Key,
    /// That key only once.
    SingleKey,
    /// `Sec-WebSocket-Version`.
    Version,
    /// That version only once.
    SingleVersion,
    /// A version that the server does not speak.
    SupportedVersion,
    /// `Origin`.
    Origin,
    /// The subprotocols that the client offers.
    Protocols,
    /// The extensions that the client offers, as a list.
    OfferedExtensions,
    /// The grammar of that list.
    WellFormedExtensions,
    /// No frame before the response.
    WaitForResponse,
    /// The status of the response.
    SwitchingProtocols,
    /// The server's right to refuse.
    Refuse,
    /// `Upgrade` of the response.
    ResponseUpgrade,
    /// `Connection` of the response.
    ResponseConnection,
    /// `Sec-WebSocket-Accept`.
    Accept,
    /// The extensions that the server chose.
    ChosenExtensions,
    /// The subprotocol that the server chose.
    ChosenProtocol,
}
