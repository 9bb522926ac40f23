//! A server on a raw socket, for behavior that no HTTP library allows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The longest time without any data on a connection.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A server that handles each connection as its test says, and stores every request.
pub(crate) struct RawServer {
    address: SocketAddr,
    log: Arc<Log>,
    stop: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Log {
    connections: Mutex<usize>,
    requests: Mutex<Vec<Request>>,
}

/// A request as it was received.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The number of its connection, from 0.
    pub(crate) connection: usize,
    /// Its first line.
    pub(crate) line: String,
    /// Names in lower case with their values, in the order received.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, with the announced length.
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a header. Panics if it occurs more than once.
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

impl RawServer {
    /// Calls `serve` for each connection on its own thread. The connection ends when `serve` returns.
    pub(crate) fn new(serve: impl Fn(&mut Connection) + Send + Sync + 'static) -> RawServer {
        RawServer::on(TcpListener::bind("127.0.0.1:0").unwrap(), serve)
    }

    /// Like [`RawServer::new`], for a server whose side of a connection holds only a few KiB that were not read.
    pub(crate) fn with_little_memory(serve: impl Fn(&mut Connection) + Send + Sync + 'static) -> RawServer {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let listener = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.set_recv_buffer_size(4 << 10).unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            socket.listen(8).unwrap().into_std().unwrap()
        });
        listener.set_nonblocking(false).unwrap();
        RawServer::on(listener, serve)
    }

    fn on(listener: TcpListener, serve: impl Fn(&mut Connection) + Send + Sync + 'static) -> RawServer {
        let address = listener.local_addr().unwrap();
        let (log, stop) = (Arc::new(Log::default()), Arc::new(AtomicBool::new(false)));
        let (all, ended, serve) = (Arc::clone(&log), Arc::clone(&stop), Arc::new(serve));
        let acceptor = thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                stream.set_read_timeout(Some(TIMEOUT)).ok();
                stream.set_write_timeout(Some(TIMEOUT)).ok();
                if is_probe(&stream) {
                    thread::spawn(move || answer_probe(stream));
                    continue;
                }
                let number = {
                    let mut connections = all.connections.lock().unwrap();
                    *connections += 1;
                    *connections - 1
                };
                let (log, serve) = (Arc::clone(&all), Arc::clone(&serve));
                thread::spawn(move || {
                    let reader = BufReader::new(stream.try_clone().unwrap());
                    serve(&mut Connection { connection: number, stream, reader, log });
                });
            }
        });
        RawServer { address, log, stop, acceptor: Some(acceptor) }
    }

    /// Answers every request with `answer`, one request per connection.
    pub(crate) fn always_sending(answer: impl Into<Vec<u8>>) -> RawServer {
        let answer = answer.into();
        RawServer::new(move |connection| {
            if connection.read_request().is_some() {
                connection.send(&answer);
                connection.finish();
            }
        })
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All complete requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.log.requests.lock().unwrap().clone()
    }

    /// The number of connections so far.
    pub(crate) fn connections(&self) -> usize {
        *self.log.connections.lock().unwrap()
    }

    /// The number of POST requests so far.
    pub(crate) fn posts(&self) -> usize {
        self.requests().iter().filter(|request| request.line.starts_with("POST ")).count()
    }
}

/// Whether a connection is the program's probe for a sandbox. Probes are answered here and are not logged, so that
/// tests see only the requests of their commands.
fn is_probe(stream: &TcpStream) -> bool {
    const PROBE: &[u8] = b"GET / HTTP/1.1";
    let mut head = [0; PROBE.len()];
    stream.peek(&mut head).is_ok_and(|length| length > 0) && head == PROBE
}

/// Answers a probe as a service without such a page.
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

impl Drop for RawServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the acceptor, which then stops.
        TcpStream::connect(self.address).ok();
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.join().ok();
        }
    }
}

/// A port at which nobody listens. It is bound, so that no other process can get it.
pub(crate) fn closed_port() -> (SocketAddr, tokio::net::TcpSocket) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    (socket.local_addr().unwrap(), socket)
}

/// A connection of a client.
pub(crate) struct Connection {
    /// Its number, from 0.
    pub(crate) connection: usize,
    stream: TcpStream,
    reader: BufReader<TcpStream>,
    log: Arc<Log>,
}

impl Connection {
    /// Reads the head of the next request; `None` if the client closed the connection.
    pub(crate) fn read_head(&mut self) -> Option<Request> {
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

    /// Reads the next complete request and logs it; `None` if the client closed the connection.
    pub(crate) fn read_request(&mut self) -> Option<Request> {
        let mut request = self.read_head()?;
        let length = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        request.body = vec![0; length];
        self.reader.read_exact(&mut request.body).ok()?;
        self.log.requests.lock().unwrap().push(request.clone());
        Some(request)
    }

    /// Waits until the client has sent a byte, without reading it.
    pub(crate) fn wait_for_byte(&mut self) {
        self.stream.peek(&mut [0]).ok();
    }

    /// Reads and drops `count` bytes.
    pub(crate) fn skip(&mut self, count: usize) {
        self.read_bytes(count);
    }

    /// Reads and drops at most `count` bytes, until none has come for `pause`. Returns their number.
    pub(crate) fn skip_available(&mut self, count: usize, pause: Duration) -> usize {
        self.stream.set_read_timeout(Some(pause)).ok();
        let (mut bytes, mut read) = (vec![0; 64 << 10], 0);
        while read < count
            && let Ok(more @ 1..) = self.reader.read(&mut bytes)
        {
            read += more;
        }
        read
    }

    /// Reads `count` bytes. Those that do not come are zero.
    pub(crate) fn read_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.reader.read_exact(&mut bytes).ok();
        bytes
    }

    /// Sends bytes. Returns whether that succeeded.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).and_then(|()| self.stream.flush()).is_ok()
    }

    /// Closes the sending side and waits until the client closes the connection.
    pub(crate) fn finish(&mut self) {
        self.stream.shutdown(Shutdown::Write).ok();
        self.wait_for_client_close();
    }

    /// Waits until the client closes the connection.
    pub(crate) fn wait_for_client_close(&mut self) {
        std::io::copy(&mut self.reader, &mut std::io::sink()).ok();
    }

    /// Ends the connection with a TCP reset, once it is dropped. Nothing more can be read from it.
    pub(crate) fn reset(&mut self) {
        // Closing a socket with zero linger sends RST instead of FIN, once all of its handles are closed.
        if let Ok(stream) = self.stream.try_clone() {
            let socket = tokio::net::TcpSocket::from_std_stream(stream);
            socket.set_zero_linger().ok();
        }
        self.stream.shutdown(Shutdown::Read).ok();
    }
}

/// An answer with this status and a JSON body.
pub(crate) fn json_answer(status: u16, body: &serde_json::Value, headers: &str) -> Vec<u8> {
    answer(status, "application/json", body.to_string().as_bytes(), headers)
}

/// An answer with this status, media type and body. Each line of `headers` ends with CRLF.
pub(crate) fn answer(status: u16, media_type: &str, body: &[u8], headers: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Status\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}
