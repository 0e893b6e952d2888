//! TLS before a collector: an authority of the test's own, and a server that shows what it has signed.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part")]

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    PKCS_RSA_SHA256, date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// Signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate with its key, both PEM.
#[derive(Clone)]
pub struct Signed {
    pub certificate: String,
    /// PKCS #8.
    pub key: String,
}

/// A folder of files that is gone when this is.
pub struct Folder(PathBuf);

/// Ends TLS and passes on to a collector.
pub struct Front {
    pub address: SocketAddr,
    config: watch::Sender<Arc<ServerConfig>>,
    /// Why handshakes failed.
    failed: Arc<Mutex<Vec<String>>>,
    /// Connections.
    open: Arc<AtomicUsize>,
    _runtime: tokio::runtime::Runtime,
}

/// An RSA key of these tests', PKCS #8: ring cannot make one.
const RSA: &str = include_str!("rsa.pem");

// === impl Authority ===

impl Authority {
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().expect("keys can be made");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let pem = params.self_signed(&key).expect("it is complete").pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Of a server with these names.
    pub fn server(&self, names: &[&str]) -> Signed {
        self.sign(names, |_| ())
    }

    /// Of a server whose certificate has expired long ago.
    pub fn expired(&self, names: &[&str]) -> Signed {
        self.sign(names, |params| {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2020, 2, 1);
        })
    }

    /// Of a program.
    pub fn client(&self) -> Signed {
        self.sign(&[], |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth])
    }

    /// Of a program with an RSA key.
    pub fn rsa_client(&self) -> Signed {
        let key = KeyPair::from_pem_and_sign_algo(RSA, &PKCS_RSA_SHA256).expect("a key");
        self.sign_key(key, &[], |params| {
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]
        })
    }

    fn sign(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Signed {
        self.sign_key(KeyPair::generate().expect("keys can be made"), names, change)
    }

    fn sign_key(&self, key: KeyPair, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Signed {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("they are names");
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).expect("it is complete").pem();
        Signed { certificate, key: key.serialize_pem() }
    }
}

// === impl Signed ===

impl Signed {
    /// A certificate that signed itself, as `openssl req -x509` makes them: those are authorities, too.
    pub fn by_itself(names: &[&str], authority: bool) -> Signed {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().expect("keys can be made");
        let mut params = CertificateParams::new(names).expect("they are names");
        params.is_ca = if authority { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
        let certificate = params.self_signed(&key).expect("it is complete").pem();
        Signed { certificate, key: key.serialize_pem() }
    }

    /// The key in its form of before PKCS #8, under this label: that is what PKCS #8 wraps last.
    pub fn unwrapped_key(&self, label: &str) -> String {
        let PrivateKeyDer::Pkcs8(wrapped) =
            PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("a key")
        else {
            panic!("not PKCS #8")
        };
        let whole = wrapped.secret_pkcs8_der();
        // SEQUENCE { INTEGER 0, SEQUENCE algorithm, OCTET STRING key }
        let inside = contents(whole);
        let after_version = &inside[3..];
        let after_algorithm = &after_version[2 + usize::from(after_version[1])..];
        let mut pem = format!("-----BEGIN {label}-----\n");
        for line in base64(contents(after_algorithm)).as_bytes().chunks(64) {
            pem.push_str(std::str::from_utf8(line).expect("letters"));
            pem.push('\n');
        }
        pem + &format!("-----END {label}-----\n")
    }
}

/// What a DER value holds.
fn contents(der: &[u8]) -> &[u8] {
    match der[1] {
        short @ 0..=0x7f => &der[2..2 + usize::from(short)],
        long => {
            let bytes = usize::from(long & 0x7f);
            let length = der[2..2 + bytes].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            &der[2 + bytes..2 + bytes + length]
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let bits =
            part.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        let letters = (0..4).map(|at| char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]));
        text.extend(letters.take(part.len() + 1));
        text.extend(std::iter::repeat_n('=', 3 - part.len()));
    }
    text
}

// === impl Folder ===

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("throughline-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    /// Writes a file and gives its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("the folder can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

// === impl Front ===

impl Front {
    /// Shows this certificate; with an authority it wants one of the client's, signed by that.
    pub fn new(behind: SocketAddr, shown: &Signed, clients: Option<&Authority>) -> Front {
        Front::speaking(&["http/1.1"], behind, shown, clients)
    }

    /// And wants one of these protocols above TLS.
    pub fn speaking(
        protocols: &[&str],
        behind: SocketAddr,
        shown: &Signed,
        clients: Option<&Authority>,
    ) -> Front {
        let mut config = ServerConfig::clone(&server_config(shown, clients));
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let (config, seen) = watch::channel(Arc::new(config));
        let (failed, open) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicUsize>::default());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        runtime.spawn(accept(listener, behind, seen, Arc::clone(&failed), Arc::clone(&open)));
        Front { address, config, failed, open, _runtime: runtime }
    }

    /// With another certificate from now on; connections that were open are closed when this returns.
    pub fn change(&self, shown: &Signed, clients: Option<&Authority>) {
        self.config.send_replace(server_config(shown, clients));
        let begun = Instant::now();
        while self.open.load(Ordering::SeqCst) > 0 {
            assert!(begun.elapsed() < Duration::from_secs(10), "connections stay open");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// `https://` and the host's name, with the port.
    pub fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.address.port())
    }

    pub fn failed(&self) -> Vec<String> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn accept(
    listener: TcpListener,
    behind: SocketAddr,
    seen: watch::Receiver<Arc<ServerConfig>>,
    failed: Arc<Mutex<Vec<String>>>,
    open: Arc<AtomicUsize>,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (mut seen, failed, open) = (seen.clone(), Arc::clone(&failed), Arc::clone(&open));
        open.fetch_add(1, Ordering::SeqCst);
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::clone(&seen.borrow_and_update()));
            match acceptor.accept(stream).await {
                Err(error) => failed.lock().unwrap_or_else(PoisonError::into_inner).push(error.to_string()),
                Ok(mut stream) => {
                    let mut collector = TcpStream::connect(behind).await.expect("the collector listens");
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut stream, &mut collector) => {}
                        _ = seen.changed() => {}
                    }
                }
            }
            open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

fn server_config(shown: &Signed, clients: Option<&Authority>) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("ring has them");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_slice(authority.pem.as_bytes()).expect("PEM"))
                .expect("a root");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.expect("it has a root"))
        }
    };
    let chain = CertificateDer::from_pem_slice(shown.certificate.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).expect("PEM");
    let mut config = builder.with_single_cert(vec![chain], key).expect("they belong together");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}
