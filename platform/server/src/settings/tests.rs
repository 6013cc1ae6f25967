use std::path::Path;

use super::*;

fn given(
    flags: &[(&'static str, &str)],
    variables: &[(&str, &str)],
    file: &str,
) -> Result<Settings, Refusal> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("tarn.toml");
    std::fs::write(&path, file).expect("a file");
    let flags: Vec<_> = flags.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
    let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    let given = Given::gather(&flags, variables, Some(&path))?;
    Settings::check(&given, Path::new("/data"))
}

fn refused(file: &str) -> String {
    given(&[], &[], file).expect_err("it is refused").to_string()
}

#[test]
fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let file = "listen = '127.0.0.1:1'\nregion = 'eu-west-1'\nshutdown_grace = '1s'";
    let env = [("TARN_LISTEN", "127.0.0.1:2"), ("TARN_REGION", "eu-west-2")];
    let settings = given(&[("listen", "127.0.0.1:3")], &env, file).expect("it is taken");
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.region, "eu-west-2");
    assert_eq!(settings.shutdown_grace, Duration::from_secs(1));
    assert_eq!(settings.import_roots, [Path::new("/data/inbox")]);
}

#[test]
fn an_unknown_key_is_refused_with_the_one_that_was_meant() {
    assert!(refused("lisen = 'x'").contains("lisen"));
    assert!(refused("lisen = 'x'").ends_with("known is listen"));
    assert!(refused("[tls]\ncertificate = 'x'").contains("tls.certificate"));
    let slip = given(&[], &[("TARN_LISTN", "x")], "").expect_err("it is refused");
    assert_eq!(slip.to_string(), "unknown setting TARN_LISTN: known is TARN_LISTEN");
    assert!(given(&[], &[("TARN_SOMEBODY_ELSES", "x")], "").is_ok());
}

#[test]
fn an_impossible_value_is_refused_in_one_line_with_what_the_key_takes() {
    let line = refused("listen = 'nowhere'");
    assert!(line.contains("listen") && line.contains("`nowhere`"), "{line}");
    assert!(line.ends_with("takes an address such as 127.0.0.1:8080"), "{line}");
    assert!(!refused("listen = 'a\\nb'").contains('\n'));
    assert!(refused("fhir.resource = true").contains("takes a size"));
    assert!(refused("tls.cert = '/nowhere.pem'").contains("tls.cert"));
    assert!(refused("not toml").contains("is not TOML"));
}

#[test]
fn what_is_not_built_is_refused_rather_than_ignored() {
    for key in KEYS.iter().filter(|key| !key.built) {
        let line = refused(&format!("{} = 'x'", key.name));
        assert!(line.starts_with(&format!("setting {}: not built yet", key.name)), "{line}");
    }
}

#[test]
fn a_metrics_token_that_is_too_short_does_not_show_in_the_refusal() {
    assert!(!refused("metrics.token = 'hush'").contains("hush"));
}

/// The file that we hand out lists every key, at its default, and is itself taken.
#[test]
fn settings_default_toml_lists_every_key_at_its_default() {
    let text = include_str!("../../settings.default.toml");
    for key in KEYS {
        let line = text.lines().find(|line| {
            let bare = line.trim_start_matches("# ");
            bare.split(" =").next() == Some(key.name)
        });
        let line = line.unwrap_or_else(|| panic!("{} is missing", key.name));
        if !key.default.is_empty() {
            assert_eq!(line, format!("{} = \"{}\"", key.name, key.default));
        }
    }
    given(&[], &[], text).expect("our own file is taken");
}
