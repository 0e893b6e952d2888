//! `Exchange`: a request under way. Has its span, and knows how it ends. What polls it is `response_future`, then
//! `traced_body`.

use super::grpc::{self, Code};
use crate::record::{Bulk, Recorder, local};
use http::uri::PathAndQuery;
use http::{HeaderMap, StatusCode};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use tracing::Span;

/// Set on the span of what was dropped before it had finished.
const CANCELLED: &str = "throughline.cancelled";
/// `error.type` of a request whose service panicked, and of one that nobody waits for any more.
const PANIC: &str = "panic";
const GONE: &str = "cancelled";
/// `error.type` where an error has no name.
const OTHER: &str = "_OTHER";

/// Which end of the request we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Server,
    Client,
}

/// What is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Grpc {
        /// The old names too.
        old_names: bool,
    },
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing has come back.
    Waiting,
    /// The head of the response has; of its body nothing was asked for yet.
    Head {
        status: StatusCode,
    },
    Body {
        status: StatusCode,
    },
    Ended,
}

/// Dropped before its end, it was cancelled, or has panicked.
pub(super) struct Exchange {
    span: Span,
    side: Side,
    protocol: Protocol,
    stage: Stage,
    /// A call has begun and not come back: if we are dropped like this, it has panicked.
    inside: bool,
    /// Who keeps what is said of it; `None`: nobody will read it, there is only the thread to be in the span.
    recorder: Option<Arc<Recorder>>,
    /// What names the method of gRPC that a stranger has asked for. If there is no such method, the span must not have
    /// its name: strangers would make as many names as they like.
    unproven: Option<Box<Unproven>>,
}

/// A method that may not exist.
#[derive(Debug)]
pub(super) struct Unproven {
    pub(super) path: PathAndQuery,
    /// The span is named after it, and not by the program.
    pub(super) named: bool,
}

// === impl Exchange ===

impl Exchange {
    pub(super) fn new(span: Span, side: Side, protocol: Protocol, recorder: Option<Arc<Recorder>>) -> Self {
        Exchange { span, side, protocol, stage: Stage::Waiting, inside: false, recorder, unproven: None }
    }

    /// Only the answer tells whether the method exists.
    pub(super) fn doubt(&mut self, method: Option<Unproven>) {
        self.unproven = method.filter(|_| self.recorder.is_some()).map(Box::new);
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn is_http(&self) -> bool {
        self.protocol == Protocol::Http
    }

    pub(super) fn is_sampled(&self) -> bool {
        self.recorder.is_some()
    }

    /// Runs what the program does for the request, in its span.
    pub(super) fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let _in = self.span.enter();
        self.inside = true;
        let result = f();
        self.inside = false;
        result
    }

    /// Drops, in its span, what was not finished.
    pub(super) fn drop_in_span(self, f: impl FnOnce()) {
        let _in = self.span.enter();
        f();
    }

    /// The head of the response is there. gRPC may have told its status with it, then this is the end.
    pub(super) fn respond(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.stage = Stage::Head { status };
        match self.protocol {
            Protocol::Http => self.respond_http(status),
            Protocol::Grpc { .. } => {
                if self.side == Side::Client && status != StatusCode::OK {
                    self.span.record("http.response.status_code", status.as_u16());
                }
                self.trailers(headers);
            }
        }
    }

    fn respond_http(&mut self, status: StatusCode) {
        self.span.record("http.response.status_code", status.as_u16());
        let failed = status.is_server_error() || (self.side == Side::Client && status.is_client_error());
        if failed {
            self.add(|bulk| {
                bulk.text("error.type", status.as_str());
                bulk.error("");
            });
        }
    }

    /// The body is asked for more.
    pub(super) fn reading(&mut self) {
        if let Stage::Head { status } = self.stage {
            self.stage = Stage::Body { status };
        }
    }

    /// Trailers have come; those of gRPC have its status.
    pub(super) fn trailers(&mut self, trailers: &HeaderMap) {
        if self.protocol != Protocol::Http
            && let Some(code) = Code::read(trailers)
        {
            self.settle(code, || grpc::message(trailers));
        }
    }

    /// The response is there as a whole.
    pub(super) fn end(mut self) {
        if let (Protocol::Grpc { .. }, Stage::Head { status } | Stage::Body { status }) =
            (self.protocol, self.stage)
        {
            self.settle(Code::of_http(status), Cow::default);
        }
        self.stage = Stage::Ended;
    }

    /// There is no response, or no more of it, because of an error.
    pub(super) fn fail(mut self, error_type: &str, description: &str) {
        self.stage = Stage::Ended;
        self.add(|bulk| {
            bulk.text("error.type", error_type);
            bulk.error(description);
        });
    }

    /// Notes the status of a call, and if it failed what was said of that.
    fn settle<'a>(&mut self, code: Code, message: impl FnOnce() -> Cow<'a, str>) {
        self.stage = Stage::Ended;
        let failed = match self.side {
            Side::Client => code != Code::OK,
            Side::Server => code.is_fault_of_server(),
        };
        self.note(code, failed.then(message));
    }

    fn note(&self, code: Code, failed: Option<Cow<'_, str>>) {
        let old_names = self.protocol == Protocol::Grpc { old_names: true };
        let unproven = self.unproven.as_deref().filter(|_| code == Code::UNIMPLEMENTED);
        self.add(|bulk| {
            if let Some(Unproven { path, named }) = unproven {
                bulk.text("rpc.method", grpc::OTHER);
                bulk.optional("rpc.method_original", grpc::method_of(path.path()));
                if *named {
                    bulk.name(grpc::NAME_OF_OTHER);
                }
            }
            bulk.text("rpc.response.status_code", code.name());
            bulk.text("rpc.status_code", code.name());
            if old_names {
                bulk.number("rpc.grpc.status_code", code.number());
            }
            if let Some(message) = failed {
                bulk.text("error.type", code.name());
                bulk.error(&message);
            }
        });
    }

    /// Nobody waits for it any more. On the side of the client that is somebody's decision and no failure.
    fn give_up(&self) {
        match (self.side, self.protocol, self.stage) {
            (_, _, Stage::Ended) => return,
            // The status is all that was wanted.
            (Side::Client, Protocol::Http, Stage::Head { .. }) => return,
            (Side::Server, Protocol::Grpc { .. }, _) => self.note(Code::CANCELLED, None),
            (Side::Server, Protocol::Http, Stage::Waiting) => self.add(|bulk| {
                bulk.text("error.type", GONE);
                bulk.error("");
            }),
            _ => {}
        }
        self.add(|bulk| bulk.truth(CANCELLED, true));
    }

    fn add(&self, fill: impl FnOnce(&mut Bulk<'_>)) {
        if let (Some(recorder), Some(id)) = (&self.recorder, self.span.id()) {
            local::with(|local| recorder.add(local, id.into_u64(), fill));
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("span", &self.span)
            .field("side", &self.side)
            .field("protocol", &self.protocol)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.inside {
            return self.give_up();
        }
        self.add(|bulk| {
            bulk.text("error.type", PANIC);
            bulk.error("");
        });
    }
}

/// What stands for an error of this type.
pub(super) fn name_of<E>() -> &'static str {
    let name = std::any::type_name::<E>();
    if name.contains("dyn ") { OTHER } else { name }
}
