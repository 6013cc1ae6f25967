//! What the keyring promises, with real files.

use std::os::unix::fs::PermissionsExt;

use super::*;

fn key_bytes(n: u8) -> Secret<[u8; 32]> {
    Secret::new([n; 32])
}

fn error_of(dir: &Path) -> String {
    Keyring::open_or_create(dir).err().expect("it is refused").to_string()
}

fn tampered(change: impl Fn(&mut Vec<u8>)) -> String {
    let dir = tempfile::tempdir().unwrap();
    Keyring::open_or_create(dir.path()).unwrap();
    let path = dir.path().join(FILE);
    let mut bytes = fs::read(&path).unwrap();
    change(&mut bytes);
    fs::write(&path, bytes).unwrap();
    error_of(dir.path())
}

#[test]
fn a_key_wrapped_today_unwraps_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("deep/data");
    let wrapped = Keyring::open_or_create(&data).unwrap().wrap(&key_bytes(5), b"store/1").unwrap();
    assert_eq!(wrapped.len(), 64);
    let again = Keyring::open_or_create(&data).unwrap();
    assert_eq!(again.unwrap(&wrapped, b"store/1").unwrap().expose(), &[5; 32]);
    assert_eq!(again.id(), "keyring/1");
}

#[test]
fn a_wrapped_key_opens_in_its_context_only() {
    let dir = tempfile::tempdir().unwrap();
    let ring = Keyring::open_or_create(dir.path()).unwrap();
    let wrapped = ring.wrap(&key_bytes(5), b"store/1").unwrap();
    assert!(matches!(ring.unwrap(&wrapped, b"store/2"), Err(KeyError::Sealed)));
    let mut other = wrapped.clone();
    other[3] = 9;
    let refusal = ring.unwrap(&other, b"store/1");
    assert!(matches!(refusal, Err(KeyError::UnknownVersion { version: 9 })));
    assert!(matches!(ring.unwrap(&wrapped[..3], b"store/1"), Err(KeyError::Sealed)));
    assert!(matches!(ring.unwrap(&wrapped[..40], b"store/1"), Err(KeyError::Sealed)));
}

#[test]
fn the_file_is_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    Keyring::open_or_create(dir.path()).unwrap();
    let path = dir.path().join(FILE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let refusal = error_of(dir.path());
    assert!(refusal.ends_with("is open to others (mode 0640): run `chmod 600` on it"), "{refusal}");
}

#[test]
fn a_damaged_file_is_refused_in_one_line() {
    for refusal in [
        tampered(|bytes| bytes.truncate(bytes.len() - 1)),
        tampered(|bytes| bytes.truncate(10)),
        tampered(Vec::clear),
        tampered(|bytes| bytes[200] ^= 1),
        tampered(|bytes| bytes.extend_from_slice(b"key 2 00\n")),
        tampered(|bytes| bytes[3] = 0xff),
    ] {
        assert!(refusal.contains("is damaged (") && !refusal.contains('\n'), "{refusal}");
    }
}

#[test]
fn every_flipped_bit_of_the_file_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    Keyring::open_or_create(dir.path()).unwrap();
    let text = fs::read_to_string(dir.path().join(FILE)).unwrap();
    for at in 0..text.len() * 7 {
        let mut bytes = text.clone().into_bytes();
        bytes[at / 7] ^= 1 << (at % 7);
        let bad = String::from_utf8(bytes).unwrap();
        assert!(parse(&bad).is_err(), "bit {at}");
    }
    assert!(parse(&text).is_ok());
}

#[test]
fn later_versions_wrap_and_earlier_ones_still_unwrap() {
    let text = |versions: &[u8]| {
        let lines = versions.iter().map(|v| format!("key {v} {}\n", hex::encode([*v; 32])));
        let body = format!("{TITLE}\n{}", lines.collect::<String>());
        format!("{body}check {}\n", blake3::hash(body.as_bytes()).to_hex())
    };
    let old = Keyring { versions: parse(&text(&[1])).unwrap() };
    let new = Keyring { versions: parse(&text(&[1, 3])).unwrap() };
    let wrapped = old.wrap(&key_bytes(5), b"c").unwrap();
    assert_eq!(new.unwrap(&wrapped, b"c").unwrap().expose(), &[5; 32]);
    assert_eq!(new.wrap(&key_bytes(5), b"c").unwrap()[..4], [0, 0, 0, 3]);
    assert_eq!(parse(&text(&[3, 1])).err(), Some("its versions are out of order"));
    assert_eq!(parse(&text(&[])).err(), Some("it holds no key"));
}

#[test]
fn those_who_create_at_once_share_one_keyring() {
    let dir = tempfile::tempdir().unwrap();
    let rings: Vec<Keyring> = std::thread::scope(|scope| {
        let open = || scope.spawn(|| Keyring::open_or_create(dir.path()).unwrap());
        let threads: Vec<_> = (0..16).map(|_| open()).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let wrapped = rings[0].wrap(&key_bytes(5), b"c").unwrap();
    assert!(rings.iter().all(|ring| ring.unwrap(&wrapped, b"c").is_ok()));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no draft is left");
}

#[test]
fn a_lost_keyring_is_not_replaced_beside_data() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("control.sqlite"), b"").unwrap();
    assert!(error_of(dir.path()).contains("needs its own back"));
    assert!(!dir.path().join(FILE).exists());
}
