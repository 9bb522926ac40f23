//! A server on a bare socket, for what no sane one does.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a connection may say nothing.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that does to each connection what its test says, and keeps every request.
pub(crate) struct Wire {
    address: SocketAddr,
    seen: Arc<Feedback>,
    stop: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Feedback {
    connections: Mutex<usize>,
    requests: Mutex<Vec<Request>>,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The connection that it came on, from 0.
    pub(crate) connection: usize,
    /// Its first line.
    pub(crate) line: String,
    /// JobKeys in lower case, in their order.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, exactly as long as was announced.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a header that occurs at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} twice: {:?}", self.headers);
        value
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Wire {
    /// Serves each connection on a thread of its own: `serve` gets it and ends it by returning.
    pub(crate) fn new(serve: impl Fn(&mut Exchange) + Send + Sync + 'static) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, stop) = (Arc::new(Feedback::default()), Arc::new(AtomicBool::new(false)));
        let (all, ended, serve) = (Arc::clone(&seen), Arc::clone(&stop), Arc::new(serve));
        let acceptor = thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                stream.set_read_timeout(Some(PATIENCE)).ok();
                stream.set_write_timeout(Some(PATIENCE)).ok();
                if is_probe(&stream) {
                    thread::spawn(move || answer_probe(stream));
                    continue;
                }
                let number = {
                    let mut connections = all.connections.lock().unwrap();
                    *connections += 1;
                    *connections - 1
                };
                let (seen, serve) = (Arc::clone(&all), Arc::clone(&serve));
                thread::spawn(move || {
                    let reader = BufReader::new(stream.try_clone().unwrap());
                    serve(&mut Exchange { connection: number, stream, reader, seen });
                });
            }
        });
        Wire { address, seen, stop, acceptor: Some(acceptor) }
    }

    /// One that answers every request with `answer`, on one connection each.
    pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> Wire {
        let answer = answer.into();
        Wire::new(move |exchange| {
            if exchange.request().is_some() {
                exchange.send(&answer);
                exchange.finish();
            }
        })
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every whole request so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        *self.seen.connections.lock().unwrap()
    }

    /// How many of the requests were POSTs.
    pub(crate) fn posts(&self) -> usize {
        self.requests().iter().filter(|request| request.line.starts_with("POST ")).count()
    }
}

/// Whether a connection is the program's question whether this is a sandbox. It is answered here and counted
/// nowhere, so that tests see only what their commands send.
fn is_probe(stream: &TcpStream) -> bool {
    const PROBE: &[u8] = b"GET / HTTP/1.1";
    let mut head = [0; PROBE.len()];
    stream.peek(&mut head).is_ok_and(|length| length > 0) && head == PROBE
}

/// Answers as a service that knows no such page.
fn answer_probe(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 0) && !line.trim_end().is_empty() {
        line.clear();
    }
    stream.write_all(&json_answer(404, &serde_json::json!({"message": "not found"}), "")).ok();
    stream.shutdown(Shutdown::Write).ok();
    std::io::copy(&mut reader, &mut std::io::sink()).ok();
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the acceptor, which then looks whether to stop.
        TcpStream::connect(self.address).ok();
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.join().ok();
        }
    }
}

/// A port that is taken, so that nobody else gets it, and at which nobody listens.
pub(crate) fn closed_port() -> (SocketAddr, tokio::net::TcpSocket) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (socket.local_addr().unwrap(), socket)
}

/// One connection.
pub(crate) struct Exchange {
    /// Its number, from 0.
    pub(crate) connection: usize,
    stream: TcpStream,
    reader: BufReader<TcpStream>,
    seen: Arc<Feedback>,
}

impl Exchange {
    /// The next request's head; none when the client has gone.
    pub(crate) fn head(&mut self) -> Option<Request> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let mut lines = lines.into_iter();
        let line = lines.next()?;
        let headers = lines
            .filter_map(|line| {
                let (name, value) = line.split_once(':')?;
                Some((name.to_ascii_lowercase(), value.trim().to_owned()))
            })
            .collect();
        Some(Request { connection: self.connection, line, headers, body: Vec::new() })
    }

    /// The next request, whole, and kept; none when the client has gone.
    pub(crate) fn request(&mut self) -> Option<Request> {
        let mut request = self.head()?;
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        request.body = vec![0; length];
        self.reader.read_exact(&mut request.body).ok()?;
        self.seen.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// Waits until the client has sent something, and reads none of it.
    pub(crate) fn wait_for_a_byte(&mut self) {
        self.stream.peek(&mut [0]).ok();
    }

    /// Reads so many bytes of what comes.
    pub(crate) fn skip(&mut self, count: usize) {
        let mut bytes = vec![0; count];
        self.reader.read_exact(&mut bytes).ok();
    }

    /// Sends bytes; returns whether the client still takes them.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).and_then(|()| self.stream.flush()).is_ok()
    }

    /// Ends the sending side, and waits for the client to leave.
    pub(crate) fn finish(&mut self) {
        self.stream.shutdown(Shutdown::Write).ok();
        self.wait_for_the_client_to_leave();
    }

    /// Says nothing more, and waits for the client to leave.
    pub(crate) fn wait_for_the_client_to_leave(&mut self) {
        std::io::copy(&mut self.reader, &mut std::io::sink()).ok();
    }

    /// Ends the connection with a TCP reset.
    pub(crate) fn reset(&mut self) {
        // Closing a socket that may not linger sends RST in place of FIN; all handles must go.
        if let Ok(stream) = self.stream.try_clone() {
            let socket = tokio::net::TcpSocket::from_std_stream(stream);
            socket.set_zero_linger().ok();
        }
    }
}

/// An answer with this status and body, as JSON, after which the connection is over.
pub(crate) fn json_answer(status: u16, body: &serde_json::Value, headers: &str) -> Vec<u8> {
    answer(status, "application/json", body.to_string().as_bytes(), headers)
}

/// An answer with this status, type and body; `headers` end with a line break each.
pub(crate) fn answer(status: u16, media_type: &str, body: &[u8], headers: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}
