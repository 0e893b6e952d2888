//! A collector in this process that answers as it is told.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use socket2::{Domain, Socket, Type};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Nothing here waits longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a request is answered.
pub enum Reply {
    /// With this status and an empty body.
    Status(u16),
    /// With a status, a header and a body.
    Full { status: u16, header: (&'static str, String), body: Vec<u8> },
    /// With these bytes instead of HTTP, then closed.
    Raw(&'static [u8]),
    /// Not at all: the connection is closed.
    Close,
    /// With 200, once something is sent into the channel or its other end is dropped.
    Hold(Receiver<()>),
    /// Not at all: the connection stays open as long as the other side wants.
    Never,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub at: Instant,
    /// The other end of its connection.
    pub peer: Option<SocketAddr>,
    /// Whether it was answered with a status of success.
    pub accepted: bool,
}

/// Listens on a port of its own.
pub struct Collector {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

/// A port where nobody listens, and which nobody else is given.
pub struct Vacant(Socket);

type Handler = Box<dyn FnMut(&Request) -> Reply + Send>;

struct Shared {
    requests: Mutex<Vec<Request>>,
    arrived: Condvar,
    handler: Mutex<Handler>,
    ended: AtomicBool,
    /// What asked only whether somebody is there.
    checks: Mutex<Vec<Request>>,
    /// Whether that is answered by the script too.
    checked: AtomicBool,
}

// === impl Vacant ===

impl Vacant {
    pub fn new() -> Vacant {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
        Vacant(socket)
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().ok().and_then(|address| address.as_socket()).expect("it is bound")
    }
}

// === impl Collector ===

impl Collector {
    /// Accepts everything.
    pub fn accepting() -> Collector {
        Collector::answering(|_| Reply::Status(200))
    }

    /// Gives these answers, one after another, then accepts everything.
    pub fn scripted(replies: Vec<Reply>) -> Collector {
        let mut replies = replies.into_iter();
        Collector::answering(move |_| replies.next().unwrap_or(Reply::Status(200)))
    }

    pub fn answering(handler: impl FnMut(&Request) -> Reply + Send + 'static) -> Collector {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Collector::listening(TcpListener::bind(address).expect("a free port"), handler)
    }

    /// Listens where nobody has listened until now, and accepts everything.
    pub fn accepting_at(place: Vacant) -> Collector {
        place.0.listen(128).expect("it is bound");
        Collector::listening(place.0.into(), |_| Reply::Status(200))
    }

    fn listening(
        listener: TcpListener,
        handler: impl FnMut(&Request) -> Reply + Send + 'static,
    ) -> Collector {
        let address = listener.local_addr().expect("a bound listener has an address");
        let shared = Arc::new(Shared {
            requests: Mutex::default(),
            arrived: Condvar::new(),
            handler: Mutex::new(Box::new(handler)),
            ended: AtomicBool::new(false),
            checks: Mutex::default(),
            checked: AtomicBool::new(false),
        });
        let collector = Collector { address, shared: Arc::clone(&shared) };
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if shared.ended.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        collector
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests until now.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The requests with nothing in them until now: those of the check at start-up. They are accepted and are none of
    /// `requests`, so that a script need not know when they come.
    pub fn checks(&self) -> Vec<Request> {
        self.shared.checks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on requests with nothing in them are like all others.
    pub fn answering_checks(self) -> Collector {
        self.shared.checked.store(true, Ordering::SeqCst);
        self
    }

    /// Waits for this many requests.
    pub fn wait_for(&self, count: usize) -> Vec<Request> {
        let requests = self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let (requests, waited) = self
            .shared
            .arrived
            .wait_timeout_while(requests, PATIENCE, |requests| requests.len() < count)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!waited.timed_out(), "{} of {count} requests came", requests.len());
        requests.clone()
    }

    /// The spans of all requests that were accepted.
    pub fn accepted(&self) -> Vec<Span> {
        self.requests().iter().filter(|request| request.accepted).flat_map(Request::spans).collect()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
    }
}

// === impl Shared ===

impl Shared {
    fn serve(&self, stream: TcpStream) {
        let Ok(mut out) = stream.try_clone() else { return };
        let peer = stream.peer_addr().ok();
        let mut from = BufReader::new(stream);
        while let Some(mut request) = read_request(&mut from) {
            request.peer = peer;
            if request.is_check() && !self.checked.load(Ordering::SeqCst) {
                self.checks.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                if out.write_all(&answer(200, None, &[])).is_err() {
                    return;
                }
                continue;
            }
            let reply = (self.handler.lock().unwrap_or_else(PoisonError::into_inner))(&request);
            request.accepted = match &reply {
                Reply::Status(status) | Reply::Full { status, .. } => (200..300).contains(status),
                Reply::Hold(_) => true,
                Reply::Raw(_) | Reply::Close | Reply::Never => false,
            };
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            self.arrived.notify_all();
            let bytes = match reply {
                Reply::Status(status) => answer(status, None, &[]),
                Reply::Full { status, header, body } => answer(status, Some(header), &body),
                Reply::Hold(released) => {
                    let _ = released.recv_timeout(PATIENCE);
                    answer(200, None, &[])
                }
                Reply::Never => {
                    // Until the other side gives up.
                    let _ = from.read(&mut [0]);
                    return;
                }
                Reply::Raw(bytes) => {
                    let _ = out.write_all(bytes);
                    return;
                }
                Reply::Close => return,
            };
            if out.write_all(&bytes).is_err() {
                return;
            }
        }
    }
}

// === impl Request ===

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as the official types read it.
    pub fn decoded(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(&self.plain()[..]).expect("valid OTLP")
    }

    /// The body as it was before it was compressed.
    pub fn plain(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        match self.header("content-encoding") {
            Some("gzip") => {
                flate2::read::GzDecoder::new(&self.body[..]).read_to_end(&mut plain).expect("valid gzip");
            }
            Some("zstd") => {
                let mut decoder = ruzstd::decoding::StreamingDecoder::new(&self.body[..]).expect("a frame");
                decoder.read_to_end(&mut plain).expect("valid zstd");
            }
            None => plain.clone_from(&self.body),
            other => panic!("encoded as {other:?}"),
        }
        plain
    }

    /// Whether it holds nothing: it asks whether somebody is there.
    fn is_check(&self) -> bool {
        self.header("content-type") == Some("application/x-protobuf") && self.plain().is_empty()
    }

    pub fn spans(&self) -> Vec<Span> {
        let groups = self.decoded().resource_spans.into_iter().flat_map(|group| group.scope_spans);
        groups.flat_map(|group| group.spans).collect()
    }
}

fn read_request(from: &mut impl BufRead) -> Option<Request> {
    let (mut request, length) = read_head(from)?;
    request.body = vec![0; length];
    from.read_exact(&mut request.body).ok()?;
    Some(request)
}

/// A request up to its body, and how long that is.
pub fn read_head(from: &mut impl BufRead) -> Option<(Request, usize)> {
    let mut line = String::new();
    from.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        from.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(Some(0), |(_, length)| length.parse().ok())?;
    let request =
        Request { path, headers, body: Vec::new(), at: Instant::now(), peer: None, accepted: false };
    Some((request, length))
}

fn answer(status: u16, header: Option<(&str, String)>, body: &[u8]) -> Vec<u8> {
    let header = header.map_or(String::new(), |(name, value)| format!("{name}: {value}\r\n"));
    let head = format!("HTTP/1.1 {status} Told So\r\n{header}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
