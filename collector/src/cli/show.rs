//! `throughline show ID`: a trace as a waterfall of text, with its log records.

use super::args::Args;
use super::client::{escape, get};
use super::fault::Fault;
use std::io::{self, Write};
use throughline_collector::DEFAULT_HTTP;

const DEFAULT_WIDTH: usize = 100;

pub(super) fn show(text: &[String]) -> Result<(), Fault> {
    let args = Args::read(text, &["http", "width"], &[], 1)?;
    let id = args.at(0).ok_or_else(|| Fault::usage("show needs the id of a trace"))?;
    let addr = args
        .addr("http", DEFAULT_HTTP)?
        .ok_or_else(|| Fault::usage("--http none: there is nobody to ask"))?;
    let width = match args.option("width") {
        Some(width) => {
            width.parse().map_err(|_| Fault::usage(format!("--width {width}: a number is expected")))?
        }
        None => {
            std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(DEFAULT_WIDTH)
        }
    };
    let waterfall = get(addr, &format!("/api/throughline/traces/{}/text?width={width}", escape(id)))?;
    Ok(io::stdout().write_all(waterfall.as_bytes())?)
}
