//! What a host does to the program: signals, a terminal that goes away, proxies.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::command::Said;
use crate::world::{Backend, TIMEOUT, TOKEN, World, empty, run_to_end, wait_until};

#[test]
fn hangup_stops_gracefully() {
    let world = empty().build(Backend::Sqlite);
    world.signal("HUP");
    assert_eq!(world.exit_code(TIMEOUT), 0);
    assert!(world.logs().contains("\"stopped\""), "{}", world.logs());
}

#[test]
fn hangup_that_nohup_ignores_stays_ignored() {
    let world = empty().stopped().build(Backend::Sqlite);
    let program = world.command(&[]);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "trap '' HUP; exec \"$0\" serve"]).arg(program.get_program());
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    world.spawn_command({
        shell.current_dir(world.cwd()).stdin(Stdio::null());
        shell
    });
    world.wait_for_log(&["\"message\":\"serving\""]);
    world.signal("HUP");
    world.stranger().says("/start").hears("Степан");
    assert_eq!(world.terminate(), 0);
}

/// As when the connection of an ssh session breaks: the process gets SIGHUP, and writing to the terminal fails.
#[cfg(target_os = "linux")]
#[test]
fn closed_terminal_stops_gracefully() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let world = empty().stopped().build(Backend::Sqlite);
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(name).unwrap();
    let program = world.command(&[]);
    let mut session = Command::new("setsid");
    session.args(["--ctty", "--wait"]).arg(program.get_program()).arg("serve");
    session.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    session.current_dir(world.cwd());
    session.stdin(terminal.try_clone().unwrap()).stdout(terminal.try_clone().unwrap()).stderr(terminal);
    let mut child = session.spawn().unwrap();
    drop(session);
    let log = || fs::read_to_string(world.cwd().join("logs/bot.log")).unwrap_or_default();
    wait_until("it serves", || log().contains("\"message\":\"serving\""));
    drop(master);
    let mut ended = None;
    wait_until("it stops", || {
        ended = child.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().code(), Some(0), "{}", log());
    assert!(log().contains("\"stopped\""), "{}", log());
}

/// A proxy that answers every request like the Bot API, and what it was asked.
struct Proxy {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let all = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let all = Arc::clone(&all);
                std::thread::spawn(move || answer_as_bot_api(stream, &all));
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// Records the head of a request, or the greeting of SOCKS5, and answers.
fn answer_as_bot_api(stream: TcpStream, all: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    if reader.fill_buf().ok()?.first() == Some(&5) {
        all.lock().unwrap().push("SOCKS5".to_owned());
        return None;
    }
    let mut head = String::new();
    while reader.read_line(&mut head).ok()? > 2 {}
    all.lock().unwrap().push(head);
    let result = r#"{"username":"made_up_bot","url":"","pending_update_count":0}"#;
    let body = format!("{{\"ok\":true,\"result\":{result}}}");
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close", body.len());
    write!(reader.get_mut(), "{head}\r\n\r\n{body}").ok()?;
    let _rest = reader.read(&mut [0; 4096]);
    Some(())
}

const VARIABLES: [&str; 7] =
    ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "Http_Proxy"];

#[test]
fn no_proxy_is_asked_on_the_way_to_this_machine() {
    let proxy = Proxy::start();
    let mut world = empty();
    for name in VARIABLES {
        world = world.with(name, &format!("http://{}", proxy.address));
    }
    let world = world.build(Backend::Sqlite);
    world.stranger().says("/start").hears("Степан");
    let checked = world.ask(&["config", "check", "--online"]).ends(0);
    assert!(!checked.out.contains("_PROXY"), "{}", checked.out);
    assert_eq!(world.terminate(), 0);
    world.spawn(&["serve", "--sandbox", "--sandbox-listen", "127.0.0.1:0"]);
    world.wait_for_log_times("\"message\":\"serving\"", 2);
    assert_eq!(world.terminate(), 0);
    assert_eq!(proxy.requests(), [""; 0]);
}

/// Checks the settings of a bot with its Bot API server far away; the proxy's requests, and the finding about Telegram.
fn check_far_server(world: &World, proxy: &Proxy, env: &[(&str, &str)]) -> (Vec<String>, Value, Said) {
    let mut command = world.command(&["config", "check", "--online", "--json"]);
    command.env("TELEGRAM_API_URL", "http://bot-api.example.org").envs(env.iter().copied());
    let said = Said::from(run_to_end(command));
    assert!(!format!("{said:?}").contains("hidden-word"), "{said:?}");
    let checks = said.document()["data"]["checks"].as_array().unwrap().clone();
    let telegram = checks.into_iter().find(|check| check["name"] == "telegram").unwrap();
    let asked = std::mem::take(&mut *proxy.requests.lock().unwrap());
    (asked, telegram, said)
}

#[test]
fn proxy_is_used_on_the_way_to_other_machines() {
    let (world, proxy) = (empty().stopped().build(Backend::Sqlite), Proxy::start());
    let address = format!("http://bot:hidden-word@{}", proxy.address);
    for name in ["HTTP_PROXY", "http_proxy", "Http_Proxy", "ALL_PROXY", "all_proxy"] {
        let (asked, telegram, said) = check_far_server(&world, &proxy, &[(name, &address)]);
        assert_eq!(telegram["state"], "ok", "{name}: {telegram}");
        assert!(
            said.out.contains(&format!("Telegram is reached through the proxy {}", proxy.address)),
            "{said:?}"
        );
        let first = format!("POST http://bot-api.example.org/bot{TOKEN}/get");
        assert!(!asked.is_empty() && asked.iter().all(|head| head.starts_with(&first)), "{asked:?}");
        assert!(asked[0].to_lowercase().contains("proxy-authorization: basic "), "{asked:?}");
    }
    fs::write(world.cwd().join(".env"), format!("HTTP_PROXY={}\n", proxy.address)).unwrap();
    let (asked, telegram, _) = check_far_server(&world, &proxy, &[]);
    assert_eq!((&telegram["state"], asked.is_empty()), (&"ok".into(), false), "{telegram}");
    for exempt in ["example.org", ".example.org", "*", "x, bot-api.example.org"] {
        let (asked, telegram, _) = check_far_server(&world, &proxy, &[("NO_PROXY", exempt)]);
        assert_eq!((&telegram["state"], &*asked), (&"unreachable".into(), &[][..]), "{exempt}");
    }
    let socks = format!("socks5h://{}", proxy.address);
    let (asked, telegram, _) = check_far_server(&world, &proxy, &[("HTTP_PROXY", &socks)]);
    assert_eq!((&telegram["state"], &*asked[0]), (&"unreachable".into(), "SOCKS5"), "{telegram}");
}

#[test]
fn unsupported_proxy_is_one_clear_error() {
    let world = empty().stopped().build(Backend::Sqlite);
    let env =
        [("TELEGRAM_API_URL", "http://bot-api.example.org"), ("all_proxy", "ftp://bot:hidden-word@h:1")];
    for arguments in [&["serve"][..], &["config", "check"]] {
        let mut command = world.command(arguments);
        command.envs(env);
        let said = Said::from(run_to_end(command)).ends(3);
        let all = format!("{}{}", said.out, said.err);
        assert!(all.contains("ALL_PROXY (environment): ") && all.contains("socks5"), "{all}");
        assert!(!all.contains("hidden-word"), "{all}");
    }
    // What is not needed for a server on this machine is no error.
    let mut command = world.command(&["config", "check"]);
    command.env("ALL_PROXY", "ftp://h:1");
    Said::from(run_to_end(command)).ends(0);
}
