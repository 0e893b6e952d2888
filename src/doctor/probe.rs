//! What listens at an address, where it does not answer in HTTP/1: the first bytes that it says tell.
//!
//! ```text
//! SETTINGS = 3OCTET %x04 ...      a frame that a server of HTTP/2 says first (RFC 9113, section 3.4)
//! TLS      = ( %x15 / %x16 ) %x03 ...      an alert, or a handshake (RFC 8446, section 5.1)
//! HTTP/1   = "HTTP/" ...
//! ```

use crate::export::unused_tls;
use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

/// What a client of HTTP/2 says first: the preface, and an empty SETTINGS.
const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
/// Whoever says nothing for so long says nothing.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What listens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    Http1,
    /// And not HTTP/1: a port for gRPC.
    Http2,
    Tls,
    /// Nothing that is known here.
    Other,
}

/// Asks. HTTP/2 comes first: a server that knows both has answered in HTTP/1 before.
pub(super) async fn probe(address: SocketAddr, host: &str) -> Speaks {
    match classify(&first_bytes(address, HELLO).await) {
        Speaks::Other => {}
        known => return known,
    }
    // Some servers with TLS hang up on everything else without a word.
    match client_hello(host) {
        Some(hello) => classify(&first_bytes(address, &hello).await),
        None => Speaks::Other,
    }
}

fn classify(bytes: &[u8]) -> Speaks {
    match bytes {
        [b'H', b'T', b'T', b'P', b'/', ..] => Speaks::Http1,
        [0, _, _, 4, ..] => Speaks::Http2,
        [0x15 | 0x16, 3, ..] => Speaks::Tls,
        _ => Speaks::Other,
    }
}

fn client_hello(host: &str) -> Option<Vec<u8>> {
    let name = ServerName::try_from(host.to_owned()).ok()?;
    let mut connection = ClientConnection::new(Arc::new(unused_tls().ok()?), name).ok()?;
    let mut bytes = Vec::new();
    connection.write_tls(&mut bytes).ok()?;
    Some(bytes)
}

/// What is answered to these bytes, as far as it comes at once; nothing if nothing does.
async fn first_bytes(address: SocketAddr, sent: &[u8]) -> Vec<u8> {
    let exchanged = tokio::time::timeout(PATIENCE, exchange(address, sent)).await;
    exchanged.map_or_else(|_| Vec::new(), Result::unwrap_or_default)
}

async fn exchange(address: SocketAddr, mut sent: &[u8]) -> io::Result<Vec<u8>> {
    let stream = TcpStream::connect(address).await?;
    while !sent.is_empty() {
        stream.writable().await?;
        match stream.try_write(sent) {
            Ok(written) => sent = &sent[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    let (mut bytes, mut filled) = ([0; 16], 0);
    while filled < 5 {
        stream.readable().await?;
        match stream.try_read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes[..filled].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_tell_what_listens() {
        for (bytes, speaks) in [
            (&b"HTTP/1.1 400 Bad Request"[..], Speaks::Http1),
            (b"\0\0\x18\x04\0\0\0\0\0", Speaks::Http2),
            (b"\0\0\0\x04\0\0\0\0\0", Speaks::Http2),
            (b"\x15\x03\x01\0\x02\x02\x16", Speaks::Tls),
            (b"\x16\x03\x03\0\x7a", Speaks::Tls),
            (b"", Speaks::Other),
            (b"SSH-2.0-OpenSSH_9.6", Speaks::Other),
            (b"\0\0\0\0\0\0\0\0\0", Speaks::Other),
        ] {
            assert_eq!(classify(bytes), speaks, "{bytes:?}");
        }
    }

    #[test]
    fn the_hello_of_tls_is_one() {
        for host in ["localhost", "127.0.0.1", "::1"] {
            assert_eq!(classify(&client_hello(host).expect("a host")), Speaks::Tls, "{host}");
        }
    }
}
