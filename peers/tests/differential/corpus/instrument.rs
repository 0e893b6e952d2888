//! `#[instrument]`: arguments, names, fields, parents.

use std::fmt::Debug;

use tracing::{Level, Span, info, info_span, instrument};

use crate::hand::Hand;
use crate::program::Program;

pub(super) const PROGRAMS: &[Program] = programs![
    instrument_plain,
    instrument_arguments,
    instrument_name_and_target,
    instrument_levels,
    instrument_skip,
    instrument_skip_all,
    instrument_fields,
    instrument_fields_special,
    instrument_fields_over_arguments,
    instrument_parent,
    instrument_parent_none,
    instrument_follows_from,
    instrument_generic,
    instrument_method,
    instrument_trait_method,
    instrument_patterns,
    instrument_record_in_body,
];

struct Cart {
    items: u32,
}

impl Cart {
    #[instrument(skip(self), fields(items = self.items))]
    fn total(&self, currency: &str) -> u32 {
        self.items
    }
}

trait Shop {
    fn buy(&self, item: &str);
}

impl Shop for Cart {
    #[instrument(name = "Shop::buy", skip_all, fields(item))]
    fn buy(&self, item: &str) {
        Span::current().record("item", item);
    }
}

fn instrument_plain(_: &dyn Hand) {
    #[instrument]
    fn work() {}
    work();
}

fn instrument_arguments(_: &dyn Hand) {
    #[instrument]
    fn work(
        number: u64,
        negative: i8,
        truth: bool,
        text: &str,
        owned: String,
        list: Vec<u8>,
        none: Option<u8>,
    ) {
        let _ = (owned, list);
    }
    work(7, -1, true, "text", "owned".to_owned(), vec![1, 2], None);
}

fn instrument_name_and_target(_: &dyn Hand) {
    #[instrument(name = "my span", target = "my_target")]
    fn work() {}
    work();
}

fn instrument_levels(_: &dyn Hand) {
    #[instrument(level = "debug")]
    fn by_word() {}
    #[instrument(level = Level::ERROR)]
    fn by_path() {}
    #[instrument(level = 1)]
    fn by_number() {}
    by_word();
    by_path();
    by_number();
}

fn instrument_skip(_: &dyn Hand) {
    #[instrument(skip(secret))]
    fn work(user: &str, secret: &str) {
        let _ = (user, secret);
    }
    work("ada", "1234");
}

fn instrument_skip_all(_: &dyn Hand) {
    #[instrument(skip_all)]
    fn work(user: &str, secret: &str) {
        let _ = (user, secret);
    }
    work("ada", "1234");
}

fn instrument_fields(_: &dyn Hand) {
    #[instrument(fields(constant = 7, computed = number * 2, debug = ?number, display = %number, later, dotted.key = "a"))]
    fn work(number: u32) {
        Span::current().record("later", "now");
    }
    work(21);
}

fn instrument_fields_special(_: &dyn Hand) {
    #[instrument(fields(otel.name = %format!("GET {path}"), otel.kind = "server", otel.status_code))]
    fn handle(path: &str) {
        Span::current().record("otel.status_code", "OK");
    }
    handle("/orders");
}

fn instrument_fields_over_arguments(_: &dyn Hand) {
    #[instrument(fields(user = "hidden"))]
    fn work(user: &str) {
        let _ = user;
    }
    work("ada");
}

fn instrument_parent(_: &dyn Hand) {
    #[instrument(skip_all, parent = parent)]
    fn work(parent: &Span) {
        info!("in work");
    }
    let parent = info_span!("parent");
    info_span!("current").in_scope(|| work(&parent));
}

fn instrument_parent_none(_: &dyn Hand) {
    #[instrument(parent = None)]
    fn work() {
        info_span!("child").in_scope(|| {});
    }
    info_span!("current").in_scope(work);
}

fn instrument_follows_from(_: &dyn Hand) {
    #[instrument(skip_all, follows_from = causes)]
    fn work(causes: &[Span]) {}
    work(&[info_span!("first"), info_span!("second")]);
}

fn instrument_generic(_: &dyn Hand) {
    #[instrument]
    fn work<T: Debug>(value: T) {}
    work(7);
    work("text");
    work(Some(1.5));
}

fn instrument_method(_: &dyn Hand) {
    Cart { items: 3 }.total("EUR");
}

fn instrument_trait_method(_: &dyn Hand) {
    Cart { items: 3 }.buy("lamp");
}

fn instrument_patterns(_: &dyn Hand) {
    #[instrument]
    fn work((left, right): (u8, u8), [first, ..]: [u8; 2], _: u8, _unused: u8) {
        let _ = first;
    }
    work((1, 2), [3, 4], 5, 6);
}

fn instrument_record_in_body(_: &dyn Hand) {
    #[instrument(fields(found = tracing::field::Empty))]
    fn search(query: &str) {
        Span::current().record("found", 3);
        Span::current().record("query", "replaced");
    }
    search("lamp");
}
