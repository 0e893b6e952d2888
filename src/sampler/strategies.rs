//! `Strategies`: what a Jaeger server says to a service.
//!
//! The JSON of `SamplingStrategyResponse` (Jaeger, `sampling.proto`): a number that is left out is 0, and one may be
//! written as a text, as protobuf has it; what is not known is passed over.
//!
//! ```json
//! {"strategyType": "PROBABILISTIC", "probabilisticSampling": {"samplingRate": 0.5}}
//! {"strategyType": "RATE_LIMITING", "rateLimitingSampling": {"maxTracesPerSecond": 10}}
//! {"operationSampling": {"defaultSamplingProbability": 0.1, "defaultLowerBoundTracesPerSecond": 0.02,
//!   "perOperationStrategies": [{"operation": "GET /", "probabilisticSampling": {"samplingRate": 1}}]}}
//! ```

use super::Sampler;
use super::per_operation::PerOperation;
use serde_json::Value as Json;

/// More operations are no strategy but an accident.
const MOST_OPERATIONS: usize = 10_000;

/// One service's strategy.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Strategies {
    /// This share of all traces.
    Share(f64),
    /// So many a second.
    Limited(f64),
    /// A share for each operation, and for all others; and so many a second of each all the same.
    Operations { shares: Vec<(String, f64)>, others: f64, at_least: f64 },
}

// === impl Strategies ===

impl Strategies {
    /// Reads an answer.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let json: Json = serde_json::from_slice(body).map_err(|error| format!("it is not JSON: {error}"))?;
        if !json.is_object() {
            return Err("it is not an object".to_owned());
        }
        let part = |name: &str| Some(&json[name]).filter(|part| !part.is_null());
        if let Some(operations) = part("operationSampling") {
            return Strategies::read_operations(operations);
        }
        let kind = &json["strategyType"];
        // Left out, it is the first of them; Thrift's JSON has the number.
        let is = |name: &str, number: u64| kind.as_str() == Some(name) || kind.as_u64() == Some(number);
        if is("RATE_LIMITING", 1) {
            let limit = part("rateLimitingSampling").ok_or("rateLimitingSampling is missing")?;
            let per_second = number(limit, "maxTracesPerSecond", f64::MAX)?;
            return Ok(Strategies::Limited(per_second));
        }
        if kind.is_null() || is("PROBABILISTIC", 0) {
            let share = part("probabilisticSampling").ok_or("probabilisticSampling is missing")?;
            return number(share, "samplingRate", 1.0).map(Strategies::Share);
        }
        Err(format!("there is no strategyType {kind}"))
    }

    fn read_operations(json: &Json) -> Result<Self, String> {
        let others = number(json, "defaultSamplingProbability", 1.0)?;
        let at_least = number(json, "defaultLowerBoundTracesPerSecond", f64::MAX)?;
        let none = Vec::new();
        let list = match &json["perOperationStrategies"] {
            Json::Null => &none,
            list => list.as_array().ok_or("perOperationStrategies is not a list")?,
        };
        if list.len() > MOST_OPERATIONS {
            return Err(format!("{} operations are more than {MOST_OPERATIONS}", list.len()));
        }
        let shares = list.iter().map(|entry| {
            let name = entry["operation"].as_str().ok_or("an operation has no name")?;
            Ok((name.to_owned(), number(&entry["probabilisticSampling"], "samplingRate", 1.0)?))
        });
        Ok(Strategies::Operations { shares: shares.collect::<Result<_, String>>()?, others, at_least })
    }

    pub(super) fn sampler(&self) -> Sampler {
        match self {
            Strategies::Share(share) => Sampler::ratio_ignoring_parent(*share),
            Strategies::Limited(per_second) => Sampler::rate_limited(*per_second),
            Strategies::Operations { shares, others, at_least } => {
                Sampler::per_operation(PerOperation::new(shares, *others, *at_least))
            }
        }
    }
}

/// A number from 0 to `most`; 0 if it is left out.
fn number(json: &Json, name: &str, most: f64) -> Result<f64, String> {
    let value = match &json[name] {
        Json::Null if json.is_object() => 0.0,
        Json::String(text) => text.parse().map_err(|_| format!("{name} is not a number"))?,
        value => value.as_f64().ok_or_else(|| format!("{name} is not a number"))?,
    };
    match (0.0..=most).contains(&value) {
        true => Ok(value),
        false if most == 1.0 => Err(format!("{name} is not from 0 to 1 but {value}")),
        false => Err(format!("{name} is no number from 0 up: {value}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Strategies, String> {
        Strategies::read(text.as_bytes())
    }

    #[test]
    fn each_kind_of_strategy_is_read() {
        for (text, expected) in [
            (
                r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":0.5}}"#,
                Strategies::Share(0.5),
            ),
            (
                r#"{"strategyType":0,"probabilisticSampling":{"samplingRate":1},"new":[]}"#,
                Strategies::Share(1.0),
            ),
            (r#"{"probabilisticSampling":{}}"#, Strategies::Share(0.0)),
            (r#"{"probabilisticSampling":{"samplingRate":"2.5e-1"}}"#, Strategies::Share(0.25)),
            (
                r#"{"strategyType":"RATE_LIMITING","rateLimitingSampling":{"maxTracesPerSecond":7}}"#,
                Strategies::Limited(7.0),
            ),
            (
                r#"{"strategyType":1,"rateLimitingSampling":{"maxTracesPerSecond":0.5}}"#,
                Strategies::Limited(0.5),
            ),
            (
                r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":1},"operationSampling":null}"#,
                Strategies::Share(1.0),
            ),
            (
                r#"{"strategyType":"PROBABILISTIC","operationSampling":{"defaultSamplingProbability":0.25,
                    "defaultLowerBoundTracesPerSecond":0.016,"defaultUpperBoundTracesPerSecond":0,
                    "perOperationStrategies":[{"operation":"a","probabilisticSampling":{"samplingRate":1}}]}}"#,
                Strategies::Operations { shares: vec![("a".to_owned(), 1.0)], others: 0.25, at_least: 0.016 },
            ),
            (
                r#"{"operationSampling":{}}"#,
                Strategies::Operations { shares: vec![], others: 0.0, at_least: 0.0 },
            ),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_is_told_in_plain_words() {
        for (text, told) in [
            ("", "it is not JSON"),
            ("[]", "it is not an object"),
            ("{}", "probabilisticSampling is missing"),
            (
                r#"{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":1.5}}"#,
                "samplingRate is not from 0 to 1 but 1.5",
            ),
            (r#"{"probabilisticSampling":{"samplingRate":-1}}"#, "samplingRate is not from 0 to 1 but -1"),
            (
                r#"{"probabilisticSampling":{"samplingRate":"NaN"}}"#,
                "samplingRate is not from 0 to 1 but NaN",
            ),
            (r#"{"probabilisticSampling":{"samplingRate":"all"}}"#, "samplingRate is not a number"),
            (
                r#"{"strategyType":1,"rateLimitingSampling":{"maxTracesPerSecond":"Infinity"}}"#,
                "maxTracesPerSecond is",
            ),
            (r#"{"probabilisticSampling":7}"#, "samplingRate is not a number"),
            (r#"{"strategyType":"RATE_LIMITING"}"#, "rateLimitingSampling is missing"),
            (
                r#"{"strategyType":1,"rateLimitingSampling":{"maxTracesPerSecond":-3}}"#,
                "maxTracesPerSecond is no number from 0 up: -3",
            ),
            (r#"{"strategyType":"ADAPTIVE"}"#, "there is no strategyType \"ADAPTIVE\""),
            (
                r#"{"operationSampling":{"perOperationStrategies":{}}}"#,
                "perOperationStrategies is not a list",
            ),
            (r#"{"operationSampling":{"perOperationStrategies":[{}]}}"#, "an operation has no name"),
            (
                r#"{"operationSampling":{"perOperationStrategies":[{"operation":"a"}]}}"#,
                "samplingRate is not a number",
            ),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.starts_with(told), "{text}: {error}");
        }
        let many = vec![r#"{"operation":"a","probabilisticSampling":{}}"#; MOST_OPERATIONS + 1].join(",");
        let told = read(&format!(r#"{{"operationSampling":{{"perOperationStrategies":[{many}]}}}}"#));
        assert_eq!(told, Err("10001 operations are more than 10000".to_owned()));
    }
}
