//! What a program can say about context that travels: propagators, baggage, correlation ids.

use super::builder::Builder;
use crate::env::Env;
use crate::error::Error;
use crate::propagation::{Format, Propagator, Propagators};
use std::sync::Arc;

const NAME: &str = "OTEL_PROPAGATORS";

impl Builder {
    /// The formats of headers that contexts are read from and written in, before `OTEL_PROPAGATORS`. Default:
    /// [`Format::TraceContext`] and [`Format::Baggage`].
    ///
    /// All write. All read, in this order: one that finds a valid context replaces what an earlier one has found. The
    /// propagators of a process are those of the first layer that says anything of them, here or by the variable.
    ///
    /// ```
    /// use throughline::propagation::Format;
    ///
    /// let builder = throughline::builder().propagators([Format::TraceContext, Format::Baggage, Format::B3]);
    /// # drop(builder);
    /// ```
    pub fn propagators(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.formats = Some(formats.into_iter().collect());
        self
    }

    /// A format of the program's own, after those that are built in. May be called several times.
    pub fn propagator(mut self, propagator: impl Propagator) -> Self {
        self.own_propagators.push(Arc::new(propagator));
        self
    }

    /// The headers that may bring a correlation id, in this order. Default: `x-correlation-id`, `x-request-id`. The first
    /// one also takes the id on where no baggage does.
    pub fn correlation_headers<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.correlation_headers = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Whether the correlation id is written as a header where baggage has it too. Default: no.
    pub fn send_correlation_header(mut self, on: bool) -> Self {
        self.send_correlation_header = Some(on);
        self
    }

    /// The names in baggage whose values are copied to each span's attributes, to OTLP log records and to correlated log
    /// lines, under the same names. Default: none. Baggage comes from whoever sends requests: name what is wanted.
    ///
    /// An attribute that the program has recorded under such a name wins. [`attributes`](Self::attributes) is not
    /// asked about them.
    pub fn baggage_attributes<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.baggage_attributes = names.into_iter().map(Into::into).collect();
        self
    }
}

/// The propagators of code or environment; `None`: neither says anything.
pub(super) fn propagators(builder: &mut Builder, env: &mut Env) -> Result<Option<Propagators>, Error> {
    let headers = correlation_headers(builder)?;
    let own = std::mem::take(&mut builder.own_propagators);
    let send = builder.send_correlation_header;
    let untold = own.is_empty() && headers.is_none() && send.is_none();
    let chosen = match (builder.formats.take(), env.text(NAME)) {
        (Some(formats), _) => Propagators::new(&formats, own),
        (None, Some(names)) => of_variable(&names, own, env),
        (None, None) if untold => return Ok(None),
        (None, None) => Propagators::new(&Format::DEFAULT, own),
    };
    Ok(Some(chosen.with_correlation(headers, send.unwrap_or_default())))
}

fn of_variable(names: &str, own: Vec<Arc<dyn Propagator>>, env: &mut Env) -> Propagators {
    let (propagators, messages) = Propagators::from_names(names, own);
    let headers = match propagators.fields() {
        [] => "none".to_owned(),
        fields => fields.join(", "),
    };
    for message in messages {
        env.tell(format!("{NAME}={names:?}: {message}; the headers in use: {headers}"));
    }
    propagators
}

fn correlation_headers(builder: &mut Builder) -> Result<Option<Vec<String>>, Error> {
    let Some(names) = builder.correlation_headers.take() else { return Ok(None) };
    let valid = |name: String| match http::HeaderName::try_from(&name) {
        Ok(valid) => Ok(valid.as_str().to_owned()),
        Err(error) => Err(Error::config("correlation_headers", &name, error)),
    };
    names.into_iter().map(valid).collect::<Result<_, _>>().map(Some)
}
