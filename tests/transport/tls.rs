//! TLS against a real server: whom we trust, who we are, and one clear sentence where either fails.

use crate::front::{Authority, Folder, Front, Signed};
use crate::ledger::{LONG, assert_delivered, spans};
use crate::speaking::{refused, started};
use crate::support::bare;
use crate::support::collector::Collector;
use throughline::Builder;

/// A collector behind TLS, and what it takes to trust it.
struct Stage {
    authority: Authority,
    folder: Folder,
    collector: Collector,
    front: Front,
}

// === impl Stage ===

impl Stage {
    /// For `localhost`; `clients` signs those that may come.
    fn new(name: &str, clients: Option<&Authority>) -> Stage {
        let authority = Authority::new("the authority");
        let collector = Collector::accepting();
        let front = Front::new(collector.address, &authority.server(&["localhost"]), clients);
        Stage { authority, folder: Folder::new(name), collector, front }
    }

    /// Trusts the server.
    fn to(&self) -> Builder {
        let file = self.folder.write("ca.pem", self.authority.pem());
        bare().endpoint(self.front.url("localhost")).ca_certificate(file)
    }

    #[track_caller]
    fn assert_arrives(&self, builder: Builder) {
        let before = self.collector.accepted().len();
        let (dispatch, guard, lines) = started(builder);
        spans(&dispatch, 3);
        guard.flush(LONG).unwrap_or_else(|error| panic!("{error}: {}", lines.text()));
        assert_eq!(self.collector.accepted().len(), before + 3);
        assert!(!lines.text().contains("WARN"), "nothing to complain about: {}", lines.text());
    }
}

#[track_caller]
fn assert_says(line: &str, parts: &[&str]) {
    assert!(line.contains("WARN throughline: "), "{line}");
    for part in parts {
        assert!(line.contains(part), "{part:?} in {line}");
    }
}

#[test]
fn an_authority_of_our_own_is_trusted_by_name_and_by_address() {
    let stage = Stage::new("trusted", None);
    stage.assert_arrives(stage.to());
    stage.front.change(&stage.authority.server(&["127.0.0.1"]), None);
    stage.assert_arrives(stage.to().endpoint(stage.front.url("127.0.0.1")));
    // A bundle: one of several will do.
    let bundle = format!("# comment\n{}{}", Authority::new("another").pem(), stage.authority.pem());
    let bundle = stage.folder.write("bundle.pem", &bundle);
    stage.assert_arrives(stage.to().endpoint(stage.front.url("127.0.0.1")).ca_certificate(bundle));
}

#[test]
fn a_certificate_that_signed_itself_is_trusted_as_it_stands_unless_it_is_an_authority() {
    let stage = Stage::new("itself", None);
    let own = Signed::by_itself(&["localhost"], false);
    stage.front.change(&own, None);
    stage.assert_arrives(stage.to().ca_certificate(stage.folder.write("own.pem", &own.certificate)));
    let own = Signed::by_itself(&["localhost"], true);
    stage.front.change(&own, None);
    let line = refused(stage.to().ca_certificate(stage.folder.write("own.pem", &own.certificate)));
    assert_says(&line, &["that of an authority (CA:TRUE)", "basicConstraints=CA:FALSE"]);
}

#[test]
fn an_unknown_authority_is_refused_and_says_what_to_set() {
    let stage = Stage::new("unknown", None);
    let line = refused(bare().endpoint(stage.front.url("localhost")));
    assert_says(&line, &["authority that this system does not know", "OTEL_EXPORTER_OTLP_CERTIFICATE"]);
    let other = stage.folder.write("other.pem", Authority::new("another").pem());
    let line = refused(stage.to().ca_certificate(other));
    assert_says(
        &line,
        &["by no authority of ca_certificate=", "other.pem", "put the one there that signed it"],
    );
    assert!(stage.collector.requests().is_empty());
    assert!(!stage.front.failed().is_empty());
}

#[test]
fn an_expired_certificate_is_refused_and_says_so() {
    let stage = Stage::new("expired", None);
    stage.front.change(&stage.authority.expired(&["localhost"]), None);
    assert_says(&refused(stage.to()), &["its certificate expired", "days ago", "renew it"]);
    assert!(stage.collector.requests().is_empty());
}

#[test]
fn a_certificate_for_another_host_is_refused_and_names_both() {
    let stage = Stage::new("host", None);
    stage.front.change(&stage.authority.server(&["collector.example"]), None);
    let line = refused(stage.to());
    assert_says(&line, &["not for localhost", "collector.example", "use such a name in the endpoint"]);
    assert!(stage.collector.requests().is_empty());
}

#[test]
fn a_client_certificate_is_shown_in_every_form_of_its_key() {
    let clients = Authority::new("of clients");
    let stage = Stage::new("mutual", Some(&clients));
    let (curve, rsa) = (clients.client(), clients.rsa_client());
    for (signed, key) in [
        (&curve, curve.key.clone()),
        (&curve, curve.unwrapped_key("EC PRIVATE KEY")),
        (&rsa, rsa.key.clone()),
        (&rsa, rsa.unwrapped_key("RSA PRIVATE KEY")),
    ] {
        let certificate = stage.folder.write("client.pem", &signed.certificate);
        let key = stage.folder.write("client.key", &key);
        stage.assert_arrives(stage.to().client_certificate(certificate, key));
        let both = stage.folder.write("both.pem", &format!("{}{}", signed.certificate, signed.key));
        stage.assert_arrives(stage.to().client_certificate(&both, &both));
    }
}

#[test]
fn a_missing_client_certificate_says_what_to_set() {
    let clients = Authority::new("of clients");
    let stage = Stage::new("missing", Some(&clients));
    let line = refused(stage.to());
    assert_says(
        &line,
        &["it wants a client certificate", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "CLIENT_KEY"],
    );
    assert!(stage.collector.requests().is_empty());
}

#[test]
fn a_wrong_client_certificate_says_which_one_it_was() {
    let clients = Authority::new("of clients");
    let stage = Stage::new("wrong", Some(&clients));
    let wrong = Authority::new("unknown there").client();
    let certificate = stage.folder.write("client.pem", &wrong.certificate);
    let key = stage.folder.write("client.key", &wrong.key);
    let line = refused(stage.to().client_certificate(certificate, key));
    assert_says(&line, &["it refuses the certificate of client_certificate=", "client.pem"]);
    assert!(stage.collector.requests().is_empty());
}

#[test]
fn files_that_cannot_be_used_say_which_and_why() {
    let stage = Stage::new("files", None);
    let (one, other) = (stage.authority.client(), stage.authority.client());
    let write = |name: &str, text: &str| stage.folder.write(name, text);
    let (empty, certificate, key) =
        (write("empty", ""), write("one.pem", &one.certificate), write("key", &other.key));
    let encrypted = write(
        "encrypted",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let missing = empty.with_file_name("missing.pem");
    for (builder, parts) in [
        (
            stage.to().ca_certificate(&missing),
            ["ca_certificate=", "missing.pem cannot be read: No such file"],
        ),
        (stage.to().ca_certificate(&empty), ["ca_certificate=", "empty has no certificate"]),
        (stage.to().ca_certificate(missing.with_file_name("")), ["ca_certificate=", "is not a file"]),
        (stage.to().client_certificate(&certificate, &key), ["key cannot be used together", "one.pem"]),
        (
            stage.to().client_certificate(&certificate, &empty),
            ["client_certificate's key=", "has no private key"],
        ),
        (
            stage.to().client_certificate(&certificate, &encrypted),
            ["encrypted is encrypted", "without a password"],
        ),
    ] {
        let line = refused(builder);
        assert_says(&line, &parts);
        assert!(line.contains("nothing sent to https://localhost"), "{line}");
    }
}

#[test]
fn a_file_that_comes_later_is_found() {
    let stage = Stage::new("later", None);
    let file = stage.folder.write("x", "").with_file_name("later.pem");
    let (dispatch, guard, lines) = started(stage.to().ca_certificate(&file));
    spans(&dispatch, 2);
    assert!(guard.flush(std::time::Duration::from_millis(200)).expect_err("no file yet").is_timeout());
    stage.folder.write("later.pem", stage.authority.pem());
    guard.flush(LONG).unwrap_or_else(|error| panic!("{error}: {}", lines.text()));
    assert_delivered(&guard, &stage.collector, 2);
}
