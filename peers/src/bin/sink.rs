//! The sink that `e2e` posts to, for use by hand: `sink --port 4318`, then `curl localhost:4318/totals`.

use throughline_peers::args::Args;
use throughline_peers::sink;

fn main() -> std::io::Result<()> {
    let port = Args::from_env().number("port", 0);
    sink::serve(u16::try_from(port).expect("a port has 16 bits"))
}
