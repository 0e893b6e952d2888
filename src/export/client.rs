//! `Client`: the HTTP client of one endpoint, made at the first request, and made again when its certificates change.

use super::tls::{self, Contents, TlsFiles};
use reqwest::redirect::Policy;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const USER_AGENT: &str = concat!("OTel-OTLP-Exporter-throughline/", env!("CARGO_PKG_VERSION"));
/// The files of certificates are read again this often, and after TLS was refused.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// Connections that are kept: as many as requests are under way at once, by any setting.
const IDLE: usize = 16;

/// What a client says while it works, beside its answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// Changed files are in use.
    Renewed(String),
    /// Changed files cannot be used, the ones before stay.
    NotRenewed(String),
}

/// Who is told.
pub(crate) type Tell = Arc<dyn Fn(Notice) + Send + Sync>;

/// How the client is made, and the one in use.
pub(super) struct Client {
    https: bool,
    /// Whether the environment may ask for a proxy.
    proxies: bool,
    timeout: Option<Duration>,
    files: TlsFiles,
    tell: Tell,
    made: Mutex<Option<Made>>,
}

struct Made {
    client: reqwest::Client,
    contents: Contents,
    /// Files that changed to something that cannot be used, and were told of.
    refused: Option<Contents>,
    looked: Instant,
    /// TLS was refused since.
    suspect: bool,
}

// === impl Client ===

impl Client {
    pub(super) fn new(
        https: bool,
        proxies: bool,
        timeout: Option<Duration>,
        files: TlsFiles,
        tell: Tell,
    ) -> Self {
        Client { https, proxies, timeout, files, tell, made: Mutex::new(None) }
    }

    /// Another with these settings, which shares nothing with this one.
    pub(super) fn again(&self) -> Client {
        Client::new(self.https, self.proxies, self.timeout, self.files.clone(), Arc::clone(&self.tell))
    }

    pub(super) fn files(&self) -> &TlsFiles {
        &self.files
    }

    /// The client. It is made here, on the worker's thread: the system's roots may take long to load, and are looked
    /// for again if that failed.
    pub(super) fn get(&self) -> Result<reqwest::Client, String> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(made) = &mut *made {
            self.look_again(made);
            return Ok(made.client.clone());
        }
        let contents = if self.https { self.files.read()? } else { Contents::default() };
        let client = self.make(&contents)?;
        let kept = client.clone();
        *made = Some(Made { client: kept, contents, refused: None, looked: Instant::now(), suspect: false });
        Ok(client)
    }

    /// TLS was refused: the files may have changed.
    pub(super) fn suspect(&self) {
        if let Some(made) = &mut *self.made.lock().unwrap_or_else(PoisonError::into_inner) {
            made.suspect = true;
        }
    }

    /// Takes files that have changed into use, if they can be used.
    fn look_again(&self, made: &mut Made) {
        let due = made.suspect || made.looked.elapsed() >= LOOK_AGAIN;
        if !self.https || self.files.is_empty() || !due {
            return;
        }
        (made.looked, made.suspect) = (Instant::now(), false);
        let contents = match self.files.read() {
            Ok(contents) => contents,
            Err(reason) => return self.keep(&reason),
        };
        if contents == made.contents || made.refused.as_ref() == Some(&contents) {
            return;
        }
        match self.make(&contents) {
            Ok(client) => {
                (made.client, made.contents, made.refused) = (client, contents, None);
                (self.tell)(Notice::Renewed(format!("{} changed: in use from now on", self.named())));
            }
            Err(reason) => {
                made.refused = Some(contents);
                self.keep(&reason);
            }
        }
    }

    fn keep(&self, reason: &str) {
        let text = format!("a certificate changed and cannot be used, the one before stays in use: {reason}");
        (self.tell)(Notice::NotRenewed(text));
    }

    fn named(&self) -> String {
        let client = self.files.client.iter().flat_map(|(certificate, key)| [certificate, key]);
        let files: Vec<_> = self.files.authorities.iter().chain(client).map(ToString::to_string).collect();
        files.join(", ")
    }

    fn make(&self, contents: &Contents) -> Result<reqwest::Client, String> {
        let tls = if self.https { tls::config(&self.files, contents)? } else { tls::unused()? };
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .pool_max_idle_per_host(IDLE)
            .tls_backend_preconfigured(tls);
        if !self.proxies {
            builder = builder.no_proxy();
        }
        if let Some(timeout) = self.timeout {
            builder = builder.timeout(timeout);
        }
        builder.build().map_err(|error| error.without_url().to_string())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("files", &self.files).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tls::NamedFile;
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use std::path::{Path, PathBuf};

    fn certificate() -> String {
        let key = KeyPair::generate().expect("keys can be made");
        CertificateParams::default().self_signed(&key).expect("it is complete").pem()
    }

    /// A client that trusts this file, and what it says.
    fn client(path: &Path) -> (Client, Arc<Mutex<Vec<Notice>>>) {
        let (said, file) =
            (Arc::<Mutex<Vec<Notice>>>::default(), NamedFile { path: path.to_owned(), origin: "X" });
        let heard = Arc::clone(&said);
        let tell = move |notice| heard.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
        let files = TlsFiles { authorities: Some(file), client: None };
        (Client::new(true, true, None, files, Arc::new(tell)), said)
    }

    /// Some time passes.
    fn later(client: &Client) {
        let mut made = client.made.lock().unwrap_or_else(PoisonError::into_inner);
        let made = made.as_mut().expect("it has been made");
        made.looked = made.looked.checked_sub(LOOK_AGAIN).expect("the machine has run for a while");
    }

    fn file(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("throughline-client-{name}-{}", std::process::id()))
    }

    #[test]
    fn files_are_read_again_after_a_while_and_a_bad_one_is_told_once() {
        let path = file("again");
        std::fs::write(&path, certificate()).expect("it can be written");
        let (client, said) = client(&path);
        client.get().expect("a good file");
        let new = certificate();
        std::fs::write(&path, &new).expect("it can be written");
        client.get().expect("not looked at yet");
        let said = || std::mem::take(&mut *said.lock().unwrap_or_else(PoisonError::into_inner));
        assert_eq!(said(), []);
        later(&client);
        client.get().expect("the new file");
        assert_eq!(said(), [Notice::Renewed(format!("X={} changed: in use from now on", path.display()))]);
        std::fs::write(&path, "half").expect("it can be written");
        for count in [1, 0, 0] {
            later(&client);
            client.get().expect("the one before");
            let told = said();
            assert_eq!(told.len(), count, "{told:?}");
            assert!(told.iter().all(|notice| matches!(notice, Notice::NotRenewed(_))), "{told:?}");
        }
        std::fs::remove_file(&path).expect("it is there");
        later(&client);
        client.get().expect("the one before");
        assert!(matches!(&said()[..], [Notice::NotRenewed(text)] if text.contains("cannot be read")));
        // What comes back as it was is nothing new.
        std::fs::write(&path, &new).expect("it can be written");
        later(&client);
        client.get().expect("the same");
        assert_eq!(said(), []);
        std::fs::remove_file(&path).expect("it is there");
    }
}
