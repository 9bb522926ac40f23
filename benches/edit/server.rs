//! A server that answers every POST with the same link, and every GET with the same picture. It reads request bodies
//! without parsing them.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A server on loopback that runs until the program ends.
pub(crate) struct Server {
    address: SocketAddr,
}

/// The two complete responses.
struct Answers<F> {
    generation: Vec<u8>,
    picture: Vec<u8>,
    generate: F,
}

impl Server {
    /// Starts the server. It calls `generate` for each POST, before it answers.
    pub(crate) fn start(picture: &[u8], generate: impl Fn() + Send + Sync + 'static) -> io::Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let body = format!(
            r#"{{"created":1754408583,"data":[{{"url":"http://{address}/picture.jpeg?X-Tos-Expires=86400","b64_json":null}}],"meta":{{"usage":{{"tokens_used":63000}}}}}}"#
        );
        let answers = Arc::new(Answers {
            generation: answer("application/json", body.as_bytes()),
            picture: answer("image/jpeg", picture),
            generate,
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answers = Arc::clone(&answers);
                // A client that disconnects early fails with its own exit code.
                thread::spawn(move || serve(stream, &answers));
            }
        });
        Ok(Server { address })
    }

    /// The base URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn answer(content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nx-inference-id: bench\r\n\
         x-aimlapi-usd-spent: 0.0315\r\nx-aimlapi-credits-used: 63000\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn serve(stream: TcpStream, answers: &Answers<impl Fn()>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::with_capacity(256 << 10, stream.try_clone()?);
    let mut writer = stream;
    loop {
        let Some(head) = Head::read(&mut reader)? else { return Ok(()) };
        if head.expects_continue {
            // Before it sends a large body, curl waits up to a second for this.
            writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        io::copy(&mut reader.by_ref().take(head.length), &mut io::sink())?;
        if head.is_post {
            (answers.generate)();
        }
        writer.write_all(if head.is_post { &answers.generation } else { &answers.picture })?;
    }
}

#[derive(Default)]
struct Head {
    is_post: bool,
    length: u64,
    expects_continue: bool,
}

impl Head {
    /// Reads the head of a request; `None` if the client closed the connection.
    fn read(reader: &mut impl BufRead) -> io::Result<Option<Head>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut head = Head { is_post: line.starts_with("POST "), ..Head::default() };
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let line = line.trim_end().to_ascii_lowercase();
            match line.split_once(':') {
                Some(("content-length", length)) => {
                    head.length = length.trim().parse().map_err(io::Error::other)?;
                }
                Some(("expect", _)) => head.expects_continue = true,
                Some(_) => {}
                None => return Ok(Some(head)),
            }
        }
    }
}
