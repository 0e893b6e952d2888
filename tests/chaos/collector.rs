//! `Collector`: listens on one port, does to each request what is its turn, and notes what became of each span.

use crate::fault::Fault;
use crate::seed::Seed;
use crate::support::collector::{Request, read_head};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message;
use socket2::{Domain, SockRef, Socket, Type};
use std::collections::{BTreeMap, HashMap};
use std::io::{BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Of the exporter's requests.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(2);

/// What a span came to in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Taken, and the exporter was told, within this time.
    Taken(Duration),
    /// Taken, but the exporter was not told.
    TakenUnheard,
    /// Refused for good, and the exporter was told, within this time.
    Refused(Duration),
    /// Not taken, and it may come again.
    NotTaken,
}

pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    ended: AtomicBool,
    /// Bound and not listening: while the collector is away nobody else gets its port.
    _place: Socket,
}

struct State {
    seed: Seed,
    /// No faults any more.
    calm: bool,
    requests: u64,
    faults: BTreeMap<String, u64>,
    fates: HashMap<Vec<u8>, Vec<Fate>>,
    /// Closed until then.
    away: Option<Instant>,
}

/// A request that has come in whole, and since when.
struct Whole {
    /// Names of the spans, or log records, in it.
    items: Vec<Vec<u8>>,
    at: Instant,
}

// === impl Collector ===

impl Collector {
    pub(crate) fn start(seed: u64) -> Collector {
        let place = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        place.set_reuse_address(true).expect("an option of sockets");
        place.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
        let address = place.local_addr().ok().and_then(|address| address.as_socket());
        let address = address.expect("a bound socket has an address");
        let state = State {
            seed: Seed::new(seed),
            calm: false,
            requests: 0,
            faults: BTreeMap::new(),
            fates: HashMap::new(),
            away: None,
        };
        let shared =
            Arc::new(Shared { state: Mutex::new(state), ended: AtomicBool::new(false), _place: place });
        let listening = Arc::clone(&shared);
        let listener = listen(address);
        std::thread::spawn(move || listening.run(address, listener));
        Collector { address, shared }
    }

    /// From now on everything is taken.
    pub(crate) fn calm_down(&self) {
        self.shared.lock().calm = true;
    }

    /// What each span came to, request after request.
    pub(crate) fn fates(&self) -> HashMap<Vec<u8>, Vec<Fate>> {
        self.shared.lock().fates.clone()
    }

    /// How many requests there were, and how often each fault.
    pub(crate) fn seen(&self) -> (u64, BTreeMap<String, u64>) {
        let state = self.shared.lock();
        (state.requests, state.faults.clone())
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

// === impl Shared ===

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts connections, but for the times when the port is closed.
    fn run(self: &Arc<Self>, address: SocketAddr, mut listener: TcpListener) {
        loop {
            let Ok((stream, _)) = listener.accept() else { continue };
            if self.ended.load(Ordering::SeqCst) {
                return;
            }
            if let Some(until) = self.take_away() {
                resets(&stream);
                drop((stream, listener));
                std::thread::sleep(until.saturating_duration_since(Instant::now()));
                listener = listen(address);
                continue;
            }
            let shared = Arc::clone(self);
            std::thread::spawn(move || shared.serve(stream));
        }
    }

    fn take_away(&self) -> Option<Instant> {
        self.lock().away.take()
    }

    fn serve(&self, stream: TcpStream) {
        let mut from = BufReader::new(stream);
        while let Some((request, length)) = read_head(&mut from) {
            let fault = self.next_fault();
            if !self.answer(fault, request, length, &mut from) {
                break;
            }
        }
    }

    fn next_fault(&self) -> Fault {
        let state = &mut *self.lock();
        state.requests += 1;
        let fault = if state.calm { Fault::Take } else { Fault::random(&mut state.seed) };
        let kind = format!("{fault:?}").split('(').next().unwrap_or_default().to_owned();
        *state.faults.entry(kind).or_default() += 1;
        fault
    }

    /// Does a fault to a request of which the head is read; whether the connection goes on.
    fn answer(
        &self,
        fault: Fault,
        mut request: Request,
        length: usize,
        from: &mut BufReader<TcpStream>,
    ) -> bool {
        let read = match fault {
            Fault::ResetAfter(bytes) | Fault::StopReading(bytes) => bytes.min(length.saturating_sub(1)),
            _ => length,
        };
        request.body = vec![0; read];
        if from.read_exact(&mut request.body).is_err() {
            return false;
        }
        let out = from.get_mut();
        if read < length {
            match fault {
                // Its window fills up. The other side's giving up is not seen: it is behind what is not read.
                Fault::StopReading(_) => std::thread::sleep(TIMEOUT + TIMEOUT / 4),
                _ => resets(out),
            }
            return false;
        }
        self.decide(fault, &Whole { items: items(&request), at: Instant::now() }, out)
    }

    /// The same, once all of the request is there.
    fn decide(&self, fault: Fault, request: &Whole, out: &mut TcpStream) -> bool {
        let count = request.items.len() as u64;
        // Each fate is noted before the other side can know it: it may come again at once.
        match fault {
            Fault::TakeAndReset | Fault::TakeAndHalfClose | Fault::TakeAndHang => {
                self.note(&request.items, Fate::TakenUnheard);
            }
            Fault::TooLarge if count == 1 => {}
            Fault::Later(..) | Fault::TooLarge | Fault::HalfClose | Fault::Garbage(_) | Fault::Vanish(_) => {
                self.note(&request.items, Fate::NotTaken);
            }
            _ => {}
        }
        match fault {
            Fault::Take | Fault::ContinueThenTake => {
                let first: &[u8] = if fault == Fault::Take { b"" } else { b"HTTP/1.1 100 Continue\r\n\r\n" };
                self.told(request, 0, out, &[first, &head(200, None, 0)].concat(), true)
            }
            Fault::TakeAs(status) => {
                let head =
                    if status == 204 { b"HTTP/1.1 204 So\r\n\r\n".to_vec() } else { head(status, None, 0) };
                self.told(request, 0, out, &head, true)
            }
            Fault::TakeLate(millis) => {
                std::thread::sleep(Duration::from_millis(millis));
                self.told(request, 0, out, &head(200, None, 0), true)
            }
            Fault::Drip => {
                let answer = head(200, None, 0);
                let (last, first) = answer.split_last().expect("an answer has bytes");
                first.iter().for_each(|byte| drop(out.write_all(&[*byte])));
                self.told(request, 0, out, &[*last], true)
            }
            Fault::TakePart(refused) => {
                let body = partial_success(refused.min(count));
                let refused = refused.min(count);
                self.told(request, refused, out, &[head(200, None, body.len()), body].concat(), true)
            }
            Fault::TakeAndPromiseMore => {
                self.told(request, 0, out, &[&head(200, None, 100)[..], b"abc"].concat(), false)
            }
            Fault::TakeAndSayMore => {
                let more = b"HTTP/1.1 200 Not For You\r\ncontent-length: 0\r\n\r\n";
                self.told(request, 0, out, &[&head(200, None, 0)[..], more].concat(), false)
            }
            Fault::TooLarge if count == 1 => self.told(request, 0, out, &head(200, None, 0), true),
            Fault::Never(status) => self.told(request, count, out, &head(status, None, 0), true),
            Fault::Later(status, after) => out.write_all(&head(status, after, 0)).is_ok(),
            Fault::TooLarge => out.write_all(&head(413, None, 0)).is_ok(),
            Fault::TakeAndReset => {
                resets(out);
                false
            }
            Fault::TakeAndHang => {
                wait_for_the_end(out);
                false
            }
            Fault::TakeAndHalfClose | Fault::HalfClose => {
                let _ = out.shutdown(Shutdown::Write);
                wait_for_the_end(out);
                false
            }
            Fault::Garbage(bytes) => {
                let _ = out.write_all(bytes);
                false
            }
            Fault::Vanish(millis) => {
                self.lock().away = Some(Instant::now() + Duration::from_millis(millis));
                if let Ok(address) = out.local_addr() {
                    // Wakes the thread that accepts, so that the port is closed before anybody else connects.
                    let _ = TcpStream::connect(address);
                }
                resets(out);
                false
            }
            Fault::ResetAfter(_) | Fault::StopReading(_) => unreachable!("the request is not whole then"),
        }
    }

    /// Writes an answer that tells what became of the spans: the first so many are refused.
    fn told(&self, request: &Whole, refused: u64, out: &mut TcpStream, answer: &[u8], on: bool) -> bool {
        let (refused, taken) = request.items.split_at(refused as usize);
        let after = request.at.elapsed();
        self.note(refused, Fate::Refused(after));
        self.note(taken, Fate::Taken(after));
        out.write_all(answer).is_ok() && on
    }

    fn note(&self, items: &[Vec<u8>], fate: Fate) {
        let mut state = self.lock();
        for item in items {
            state.fates.entry(item.clone()).or_default().push(fate);
        }
    }
}

/// What a span is noted under: its id.
pub(crate) fn of_span(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// What a log record is noted under: the number that the program gave it.
pub(crate) fn of_record(number: u64) -> Vec<u8> {
    [b"record", &number.to_be_bytes()[..]].concat()
}

/// What is in a request.
fn items(request: &Request) -> Vec<Vec<u8>> {
    if request.path != "/v1/logs" {
        return request.spans().into_iter().map(|span| span.span_id).collect();
    }
    let body = ExportLogsServiceRequest::decode(&request.plain()[..]).expect("valid OTLP");
    let groups = body.resource_logs.into_iter().flat_map(|group| group.scope_logs);
    let number = |record: LogRecord| {
        let attribute = record.attributes.into_iter().find(|attribute| attribute.key == "record");
        match attribute.and_then(|attribute| attribute.value?.value) {
            Some(Any::IntValue(number)) => of_record(number as u64),
            other => panic!("a record with the number {other:?}"),
        }
    };
    groups.flat_map(|group| group.log_records).map(number).collect()
}

/// Listens again where it has listened before.
fn listen(address: SocketAddr) -> TcpListener {
    let begun = Instant::now();
    loop {
        match TcpListener::bind(address) {
            Ok(listener) => return listener,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(10), "{address}: {error}"),
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn head(status: u16, retry_after: Option<&str>, length: usize) -> Vec<u8> {
    let after = retry_after.map_or(String::new(), |after| format!("retry-after: {after}\r\n"));
    format!("HTTP/1.1 {status} So\r\n{after}content-length: {length}\r\n\r\n").into_bytes()
}

/// That of log records has the same fields.
fn partial_success(rejected: u64) -> Vec<u8> {
    let said =
        ExportTracePartialSuccess { rejected_spans: rejected as i64, error_message: "not these".to_owned() };
    ExportTraceServiceResponse { partial_success: Some(said) }.encode_to_vec()
}

/// Until the other side gives up.
fn wait_for_the_end(stream: &mut TcpStream) {
    while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {}
}

/// When it is closed it is reset.
fn resets(stream: &TcpStream) {
    let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
}
