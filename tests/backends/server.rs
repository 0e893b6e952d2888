//! `Server`: a real server of its own, that `scripts/backends` has installed.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/backends");

/// Longer than any server takes, on a machine that is busy.
const BOUND: Duration = Duration::from_secs(60);

/// A running server. It is killed when this is dropped, and by the system if the test dies without dropping it.
pub(crate) struct Server {
    child: Child,
    pub(crate) folder: PathBuf,
    ports: Vec<(String, SocketAddr)>,
}

// === impl Server ===

impl Server {
    /// Starts it with a folder and ports of its own, and waits until it listens.
    pub(crate) fn start(name: &str) -> Server {
        // Some program that listens on all addresses may have taken one of the ports meanwhile.
        (0..3).find_map(|_| Server::try_start(name)).expect("the server starts; its log is above")
    }

    fn try_start(name: &str) -> Option<Server> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let own = format!("{name}-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(own);
        fs::create_dir_all(&folder).expect("cargo's folder for tests can be written");
        let log = File::create(folder.join("log")).expect("the folder was made");
        let child = Command::new(SCRIPT)
            .args(["run", name])
            .arg(&folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn()
            .expect("scripts/backends runs");
        let mut server = Server { child, folder, ports: Vec::new() };
        if server.listens() {
            return Some(server);
        }
        eprintln!("{}", fs::read_to_string(server.folder.join("log")).unwrap_or_default());
        None
    }

    /// Whether it came so far, rather than ended.
    fn listens(&mut self) -> bool {
        awaited("a server listens", || {
            if self.child.try_wait().expect("it is our child").is_some() {
                return Some(false);
            }
            self.ports = ports(&self.folder);
            let listens = |(_, address): &(String, SocketAddr)| TcpStream::connect(address).is_ok();
            (!self.ports.is_empty() && self.ports.iter().all(listens)).then_some(true)
        })
    }

    /// Where it listens; the names of ports are in `scripts/backends`.
    pub(crate) fn address(&self, port: &str) -> SocketAddr {
        let found = self.ports.iter().find(|(name, _)| name == port);
        found.unwrap_or_else(|| panic!("no port {port} in {:?}", self.ports)).1
    }

    /// Asks it to end, so that all is written that it holds, and waits until it has.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let told = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &pid]).status();
        assert!(told.is_ok_and(|status| status.success()), "the server still runs");
        awaited("a server ends", || self.child.try_wait().expect("it is our child"))
    }

    /// Starts it once more, after its end, with this command: on the ports that it had.
    #[allow(dead_code, reason = "the other tests that use servers start theirs once")]
    pub(crate) fn start_again(&mut self, command: &mut Command) {
        let log = File::options().append(true).open(self.folder.join("log")).expect("it had one before");
        let both = log.try_clone().expect("a file can be shared");
        let child = command.stdin(Stdio::null()).stdout(both).stderr(log).spawn();
        self.child = child.expect("the program runs");
        assert!(self.listens(), "it starts again; its log is in {}", self.folder.display());
    }

    /// Where `scripts/backends` has installed a program.
    #[allow(dead_code, reason = "likewise")]
    pub(crate) fn program(name: &str) -> PathBuf {
        let output = Command::new(SCRIPT).args(["path", name]).output().expect("scripts/backends runs");
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// Asks again and again, within the bound.
fn awaited<R>(what: &str, mut come: impl FnMut() -> Option<R>) -> R {
    let begun = Instant::now();
    loop {
        if let Some(come) = come() {
            return come;
        }
        assert!(begun.elapsed() < BOUND, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What the script wrote before it became the server; empty until then.
fn ports(folder: &Path) -> Vec<(String, SocketAddr)> {
    let text = fs::read_to_string(folder.join("ports")).unwrap_or_default();
    let port = |line: &str| {
        let (name, address) = line.split_once('=').expect("NAME=HOST:PORT");
        (name.to_owned(), address.parse().expect("an address"))
    };
    text.lines().map(port).collect()
}
