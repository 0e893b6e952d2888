//! The parameters of Jaeger's searches. Errors say what the real one says.

use super::super::query_string::QueryString;
use super::go_time::parse_duration;
use crate::query::Conditions;
use serde_json::Value as Json;
use std::time::{SystemTime, UNIX_EPOCH};
use throughline::TraceId;

/// Traces in an answer unless `limit` says otherwise.
const DEFAULT_LIMIT: usize = 100;
/// The window of time unless `start` and `end` say otherwise.
const DEFAULT_LOOKBACK_MICROS: u64 = 2 * 24 * 3600 * 1_000_000;

/// A search: what to look for and how many.
pub(super) struct Search {
    pub(super) conditions: Conditions,
    pub(super) limit: usize,
}

// === impl Search ===

impl Search {
    pub(super) fn read(query: &QueryString) -> Result<Self, String> {
        let service = query.get("service").ok_or("parameter 'service' is required")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_micros() as u64);
        let start = micros(query, "start")?.unwrap_or(now.saturating_sub(DEFAULT_LOOKBACK_MICROS));
        let end = micros(query, "end")?.unwrap_or(now);
        let conditions = Conditions {
            service: Some(service.to_owned()),
            operation: query.get("operation").map(str::to_owned),
            attributes: attributes(query)?,
            duration: duration_bounds(query)?,
            // `end` is a whole microsecond, of which every nanosecond counts.
            window: (start.saturating_mul(1000), end.saturating_mul(1000)),
        };
        raw(query)?;
        Ok(Search { conditions, limit: limit(query)? })
    }
}

/// Reads a trace id: one to 32 hex digits.
pub(crate) fn trace_id(text: &str) -> Result<TraceId, String> {
    if text.len() > 32 {
        return Err(format!("TraceID cannot be longer than 32 hex characters: {text}"));
    }
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    digits
        .then(|| u128::from_str_radix(text, 16).ok())
        .flatten()
        .map(TraceId::from_u128)
        .ok_or_else(|| format!("strconv.ParseUint: parsing {text:?}: invalid syntax"))
}

/// Checks the parameters of a trace by id that the real one reads and ignores; gives `raw`.
pub(super) fn trace_options(query: &QueryString) -> Result<bool, String> {
    micros(query, "start")?;
    micros(query, "end")?;
    raw(query)
}

/// Whether spans are wanted as they came, without the warnings and changes of Jaeger's adjusters.
pub(super) fn raw(query: &QueryString) -> Result<bool, String> {
    match query.get("raw") {
        None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
        Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
        Some(text) => {
            Err(format!("unable to parse param 'raw': strconv.ParseBool: parsing {text:?}: invalid syntax"))
        }
    }
}

fn micros(query: &QueryString, name: &str) -> Result<Option<u64>, String> {
    let Some(text) = query.get(name) else { return Ok(None) };
    match text.parse::<i64>() {
        Ok(micros) => Ok(Some(micros.max(0).unsigned_abs())),
        Err(_) => {
            Err(format!("unable to parse param '{name}': strconv.ParseInt: parsing {text:?}: invalid syntax"))
        }
    }
}

fn limit(query: &QueryString) -> Result<usize, String> {
    match query.get("limit") {
        None => Ok(DEFAULT_LIMIT),
        Some(text) => match text.parse::<u32>() {
            Ok(0) | Err(_) => {
                Err(format!("unable to parse param 'limit': {text:?} is not a number of traces, from 1 on"))
            }
            Ok(limit) => Ok(limit as usize),
        },
    }
}

fn duration_bounds(query: &QueryString) -> Result<(u64, u64), String> {
    let read = |name: &str| match query.get(name) {
        None => Ok(0),
        Some(text) => parse_duration(text)
            .map(|nanos| nanos.max(0).unsigned_abs())
            .ok_or_else(|| format!("unable to parse param '{name}': time: invalid duration {text:?}")),
    };
    let (min, max) = (read("minDuration")?, read("maxDuration")?);
    match max {
        // The real one takes 0 for absent.
        0 => Ok((min, u64::MAX)),
        max if max < min => Err("'maxDuration' should be greater than 'minDuration'".to_owned()),
        max => Ok((min, max)),
    }
}

/// `tag=key:value`, any number of times, and `tags={"key":"value"}`.
fn attributes(query: &QueryString) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for pair in query.all("tag") {
        let (key, value) = pair
            .split_once(':')
            .ok_or_else(|| format!("malformed 'tag' parameter, expecting key:value, received: {pair}"))?;
        found.push((key.to_owned(), value.to_owned()));
    }
    for text in query.all("tags") {
        let malformed =
            |e: &dyn std::fmt::Display| format!("malformed 'tags' parameter, cannot unmarshal JSON: {e}");
        match serde_json::from_str::<Json>(text).map_err(|e| malformed(&e))? {
            Json::Object(map) => {
                for (key, value) in map {
                    match value {
                        Json::String(value) => found.push((key, value)),
                        _ => return Err(malformed(&"values must be strings")),
                    }
                }
            }
            _ => return Err(malformed(&"an object is expected")),
        }
    }
    Ok(found)
}
