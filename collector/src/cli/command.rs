//! Which command the first word names.

use super::fault::Fault;
use super::{doctor, list, serve, show};
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

const HELP: &str = "\
The collector of throughline: receives traces, keeps them, and shows them.

usage: throughline COMMAND [OPTIONS]

  serve                  receive traces and their log records and show them, until Ctrl-C
      --memory             keep traces in memory only (the default)
      --data DIR           keep traces on disk (not built yet)
      --otlp-http ADDR     OTLP over HTTP; default 127.0.0.1:4318
      --http ADDR          query API and viewer; default 127.0.0.1:16686
      --otlp-grpc ADDR     OTLP over gRPC (not built yet)
      --zipkin ADDR        Zipkin (not built yet)
  traces                 list the newest traces
      --service NAME       only those that this service took part in
      --limit N            how many; default 20
      --http ADDR          the collector to ask; default 127.0.0.1:16686
  show ID                show a trace as a waterfall of text, with its log records
      --width COLUMNS      default: COLUMNS of the environment, else 100
      --http ADDR          the collector to ask; default 127.0.0.1:16686
  doctor [URL]           check the way to a collector as a program would go it, and say what is wrong with what to set;
                         default: what OTEL_EXPORTER_OTLP_* say, else http://localhost:4318; status 1: it does not arrive

ADDR is IP:PORT, a port, or none; port 0 takes any free one. Only loopback addresses are listened on.
";

/// Runs the command that the arguments name.
pub(crate) fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    // What is no UTF-8 matches no option, and is shown as far as it is.
    let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    let Err(fault) = dispatch(&args) else { return ExitCode::SUCCESS };
    // Nothing can be done if even this fails.
    let _ = match &fault {
        Fault::Usage(message) => writeln!(io::stderr(), "throughline: {message}; see throughline --help"),
        Fault::Failed(message) => writeln!(io::stderr(), "throughline: {message}"),
        Fault::OutputClosed => Ok(()),
    };
    ExitCode::from(fault.status())
}

fn dispatch(args: &[String]) -> Result<(), Fault> {
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        return Ok(io::stdout().write_all(HELP.as_bytes())?);
    }
    let Some((command, rest)) = args.split_first() else {
        return Err(Fault::usage("a command is missing: serve, traces, show or doctor"));
    };
    match command.as_str() {
        "serve" => serve::serve(rest),
        "traces" => list::traces(rest),
        "show" => show::show(rest),
        "doctor" => doctor::doctor(rest),
        "help" => Ok(io::stdout().write_all(HELP.as_bytes())?),
        "--version" | "-V" => Ok(writeln!(io::stdout(), "throughline {}", env!("CARGO_PKG_VERSION"))?),
        option if option.starts_with('-') => Err(Fault::usage(format!("unknown option {option}"))),
        other => Err(Fault::usage(format!("unknown command {other:?}"))),
    }
}
