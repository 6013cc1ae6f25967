//! Notifications by WebSocket, to a real client.

use std::net::TcpStream;

use serde_json::json;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

use super::*;

type Socket = WebSocket<MaybeTlsStream<TcpStream>>;

/// Opens a socket, with an API key or without.
fn open(url: &str, key: &str) -> Result<Socket, tungstenite::Error> {
    let mut request = url.into_client_request()?;
    if !key.is_empty() {
        let value = format!("Bearer {key}").parse().expect("a header");
        request.headers_mut().insert("authorization", value);
    }
    let (socket, _) = tungstenite::connect(request)?;
    if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    }
    Ok(socket)
}

/// The next text; pings are answered on the way.
fn hear(socket: &mut Socket) -> String {
    loop {
        match socket.read().expect("a message") {
            Message::Text(text) => return text.to_string(),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Why the server closes.
fn closed(socket: &mut Socket) -> String {
    loop {
        match socket.read() {
            Ok(Message::Close(Some(frame))) => return frame.reason.to_string(),
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn say(socket: &mut Socket, text: String) {
    socket.send(Message::text(text)).expect("it is sent");
}

fn socket_url(tenant: &Tenant) -> String {
    let statement = tenant.client.get(&format!("{}/metadata", tenant.fhir)).expect(200).json();
    text(&statement["rest"][0]["extension"][0]["valueUri"]).to_owned()
}

#[test]
fn events_wait_for_a_client_that_binds_with_a_token() {
    let server = quick();
    let tenant = server.tenant();
    tenant.client.create(&format!("{}/Basic", tenant.fhir), &topic()).expect(201);
    let mut body = of_topic("unused", "id-only");
    body["channel"]["type"] = "websocket".into();
    body["channel"].as_object_mut().expect("an object").remove("endpoint");
    let id = subscribe(&tenant, &body);
    wait_for_status(&tenant, &id, "active");
    put(&tenant, &encounter("before", "finished", "p"));

    let path = format!("{}/Subscription/{id}/$get-ws-binding-token", tenant.fhir);
    let given = tenant.client.get(&path).expect(200).json();
    let named = |name: &str| {
        let all = given["parameter"].as_array().expect("parameters");
        all.iter().find(|it| it["name"] == name).cloned().unwrap_or_default()
    };
    let url = text(&named("websocket-url")["valueUrl"]).to_owned();
    assert_eq!(url, socket_url(&tenant));
    assert_eq!(named("subscription")["valueString"], *id);
    let mut socket = open(&url, "").expect("a socket");
    say(&mut socket, format!("bind-with-token {}", text(&named("token")["valueString"])));
    let next =
        |socket: &mut Socket| -> Value { serde_json::from_str(&hear(socket)).expect("JSON") };
    let handshake = next(&mut socket);
    assert_eq!(parameter(&handshake, "type")["valueCode"], "handshake");
    let first = next(&mut socket);
    assert!(text(&first["entry"][1]["fullUrl"]).ends_with("/Encounter/before"), "{first}");
    put(&tenant, &encounter("after", "finished", "p"));
    let second = next(&mut socket);
    assert!(text(&second["entry"][1]["fullUrl"]).ends_with("/Encounter/after"), "{second}");
    assert_eq!(parameter(&second, "events-since-subscription-start")["valueString"], "2");
}

#[test]
fn a_client_with_a_key_binds_by_id_and_is_pinged() {
    let server = quick();
    let tenant = server.tenant();
    let mut body = of_criteria("Patient", "unused", false);
    body["channel"] = json!({ "type": "websocket" });
    let id = subscribe(&tenant, &body);
    wait_for_status(&tenant, &id, "active");
    let mut socket = open(&socket_url(&tenant), &tenant.key).expect("a socket");
    say(&mut socket, format!("bind {id}"));
    assert_eq!(hear(&mut socket), format!("bound {id}"));
    put(&tenant, &patient("a", "Turing"));
    assert_eq!(hear(&mut socket), format!("ping {id}"));
}

#[test]
fn nobody_listens_who_may_not() {
    let server = quick();
    let (ours, theirs) = (server.tenant(), server.tenant());
    let mut body = of_criteria("Patient", "unused", false);
    body["channel"] = json!({ "type": "websocket" });
    let id = subscribe(&theirs, &body);
    wait_for_status(&theirs, &id, "active");
    let url = socket_url(&theirs);
    assert!(open(&url, "tarn_wrong").is_err(), "a key that is none");
    for (key, said) in [
        ("", format!("bind {id}")),
        ("", "bind-with-token nonsense".to_owned()),
        (ours.key.as_str(), format!("bind {id}")),
        (theirs.key.as_str(), "bind nothing".to_owned()),
        (theirs.key.as_str(), "hello".to_owned()),
    ] {
        let mut socket = open(&url, key).expect("a socket");
        say(&mut socket, said.clone());
        assert!(!closed(&mut socket).is_empty(), "{said}");
    }
    // A token is for its own store only.
    let path = format!("{}/Subscription/$get-ws-binding-token", theirs.fhir);
    let given = theirs.client.get(&path).expect(200).json();
    let mut socket = open(&socket_url(&ours), "").expect("a socket");
    say(&mut socket, format!("bind-with-token {}", text(&given["parameter"][0]["valueString"])));
    assert!(!closed(&mut socket).is_empty());
    let hook = of_criteria("Patient", "http://127.0.0.1:9/", false);
    let hook = subscribe(&theirs, &hook);
    let path = format!("{}/Subscription/{hook}/$get-ws-binding-token", theirs.fhir);
    assert_eq!(theirs.client.get(&path).status, 422);
}
