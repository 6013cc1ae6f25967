//! Clients that others wrote, unmodified, on a scripted tour of a store. They are installed by
//! their own package managers, versions pinned, into a folder below the target folder that later
//! runs find again. A machine without node, npm or python3 fails here, and says so.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tarn_integration_tests::{Server, Tenant};

const KIT: &str = "fhir-kit-client@2.0.3";
const FHIRPY: [&str; 2] = ["fhirpy==2.3.1", "requests==2.34.2"];

/// A folder that `install` has filled once. It is filled beside its place and moved there when it
/// is whole, so that a run that was broken off leaves nothing half done.
fn installed(name: &str, install: impl FnOnce(&Path)) -> PathBuf {
    // A test lies in `<target>/<profile>/deps/`.
    let own = std::env::current_exe().expect("a test knows where it lies");
    let target = own.ancestors().nth(3).expect("a test lies in a target folder");
    let place = target.join("clients").join(name);
    if place.exists() {
        return place;
    }
    let draft = target.join("clients").join(format!("draft-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&draft).expect("a folder for clients");
    install(&draft);
    // Somebody else may have been quicker: theirs is as good.
    if std::fs::rename(&draft, &place).is_err() {
        let _ = std::fs::remove_dir_all(&draft);
    }
    assert!(place.exists(), "the client is installed");
    place
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|why| panic!("{command:?} cannot run: {why}"));
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} fails:\n{said}{why}");
    output
}

/// Runs a tour's command; it must have taken so many steps.
fn tour(server: &Server, tenant: &Tenant, command: &mut Command, steps: usize) {
    let base = format!("{}{}", server.base(), tenant.fhir);
    let output = run(command.env("BASE", base).env("KEY", &tenant.key));
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.lines().last(), Some(format!("{steps} steps").as_str()), "{said}");
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

#[test]
fn fhir_kit_client_from_npm_takes_the_tour() {
    let kit = installed("fhir-kit-client-2.0.3", |folder| {
        std::fs::write(folder.join("package.json"), "{\"private\":true}").expect("a package");
        let quiet = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", KIT];
        run(Command::new("npm").args(quiet).current_dir(folder));
    });
    let server = Server::start();
    let tenant = server.tenant();
    let file = kit.join("node_modules/fhir-kit-client/dist/index.js");
    tour(&server, &tenant, Command::new("node").arg(script("tour.mjs")).env("CLIENT", file), 13);
}

#[test]
fn fhirpy_from_pypi_takes_the_tour() {
    let packages = installed("fhirpy-2.3.1", |folder| {
        let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let target = ["--root-user-action", "ignore", "--target"];
        run(Command::new("python3").args(quiet).args(target).arg(folder).args(FHIRPY));
    });
    let server = Server::start();
    let tenant = server.tenant();
    let mut python = Command::new("python3");
    tour(&server, &tenant, python.arg(script("tour.py")).env("PYTHONPATH", packages), 14);
}
