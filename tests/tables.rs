//! Manifests as spreadsheets write them.

use serde_json::{Value, json};

use crate::support::{Service, TestEnv};

/// A table in one of the forms of spreadsheets.
struct Table {
    /// Who writes it.
    name: &'static str,
    separator: char,
    decimal_mark: char,
    /// As the language writes it.
    is_true: &'static str,
    /// The encoding of the file.
    encode: fn(&str) -> Vec<u8>,
    /// What precedes the header.
    first_line: &'static str,
}

fn utf8(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

fn utf8_with_mark(text: &str) -> Vec<u8> {
    [b"\xef\xbb\xbf", text.as_bytes()].concat()
}

fn utf16_little(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn utf16_big(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
}

/// The documented export options of LibreOffice Calc ("Text CSV": character set, field delimiter, quoted text) and of
/// Excel ("CSV UTF-8", "Unicode text"), with the list separators of the languages.
const TABLES: [Table; 6] = [
    Table {
        name: "LibreOffice, US English",
        separator: ',',
        decimal_mark: '.',
        is_true: "TRUE",
        encode: utf8,
        first_line: "",
    },
    Table {
        name: "LibreOffice, German",
        separator: ';',
        decimal_mark: ',',
        is_true: "WAHR",
        encode: utf8,
        first_line: "",
    },
    Table {
        name: "LibreOffice, French, with a byte order mark",
        separator: ';',
        decimal_mark: ',',
        is_true: "VRAI",
        encode: utf8_with_mark,
        first_line: "",
    },
    Table {
        name: "Excel, German, Unicode text",
        separator: '\t',
        decimal_mark: ',',
        is_true: "WAHR",
        encode: utf16_little,
        first_line: "",
    },
    Table {
        name: "UTF-16 in the other order",
        separator: '\t',
        decimal_mark: '.',
        is_true: "TRUE",
        encode: utf16_big,
        first_line: "",
    },
    Table {
        name: "with a line for Excel",
        separator: ';',
        decimal_mark: ',',
        is_true: "WAHR",
        encode: utf8_with_mark,
        first_line: "sep=;\r\n",
    },
];

impl Table {
    fn bytes(&self) -> Vec<u8> {
        let Table { separator: s, decimal_mark: point, is_true, first_line, .. } = self;
        let text = format!(
            "{first_line}Image{s} Prompt{s}Guidance Scale{s}Keep-Size{s}Farbe{s}SKU{s}\r\n\
             in.png{s}\"Größe; 2,5\n\"\"neu\"\"\"{s}\"4{point}5\"{s}{is_true}{s}tiefes Grün{s}00042{s}\r\n\
             {s}{s}{s}{s}{s}{s}\r\n\
             in.png{s}at night{s}{s}{s}Öl{s}00043{s}\r\n"
        );
        (self.encode)(&text)
    }
}

#[test]
fn tables_of_three_languages_are_the_same_edits() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let mut first: Option<Vec<Value>> = None;
    for table in &TABLES {
        env.write("m.csv", table.bytes());
        let run = env
            .command("batch m.csv -q -j1 --json -d out --name {SKU}.{ext} --report r.jsonl")
            .service(&service);
        let records = run.any_stdout().assert().json_lines();
        let first_line = if table.first_line.is_empty() { 2 } else { 3 };
        assert_eq!(records[0]["prompt"], "Größe; 2,5\n\"neu\"", "{}", table.name);
        assert_eq!(records[0]["guidance_scale"], 4.5, "{}", table.name);
        assert_eq!(records[0]["width"], 64, "{}", table.name);
        assert_ne!(records[1]["width"], 64, "{}", table.name);
        assert_eq!(records[0]["columns"], json!({"Farbe": "tiefes Grün", "SKU": "00042"}));
        assert_eq!(records[1]["columns"], json!({"Farbe": "Öl", "SKU": "00043"}));
        assert_eq!((&records[0]["line"], &records[1]["line"]), (&json!(first_line), &json!(first_line + 3)));
        let report = String::from_utf8(env.read("r.jsonl")).unwrap();
        assert_eq!(report.matches("\"SKU\":\"0004").count(), 2, "{report}");
        let jobs: Vec<Value> = records.iter().map(|record| record["job"].clone()).collect();
        assert_eq!(first.get_or_insert_with(|| jobs.clone()), &jobs, "{}", table.name);
    }
    service.ledger().ensure_counts(2, 2);
}

#[test]
fn a_table_that_cannot_be_read_is_explained() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    for (bytes, message) in [
        (&b"image;prompt\nin.png;caf\xe9\n"[..], "m.csv:2: not UTF-8 text"),
        (b"image;promt\nin.png;x\n", "m.csv:1: unknown column `promt`; did you mean `prompt`?"),
        (b"Image;IMAGE;prompt\n", "m.csv:1: the column `image` occurs twice"),
        (b"image;prompt;\nin.png;x;lost\n", "m.csv:2: `lost` is in a column without a name"),
        (b"image;prompt;guidance scale\nin.png;x;high\n", "m.csv:2: guidance_scale: expected a number"),
        (b"\xff\xfei\0m\0a", "m.csv:1: not UTF-16 text, although it begins like that"),
    ] {
        env.write("m.csv", bytes);
        env.command("batch m.csv").service(&service).code(3).stderr_contains(&[message]).assert();
    }
    // What the hint about `promt` says.
    env.write("m.csv", "image;prompt;x_promt\nin.png;x;y\n");
    env.command("batch m.csv -q").service(&service).stdout("in-edited.jpg\n").assert();
    service.ledger().ensure_counts(1, 1);
}

#[cfg(unix)]
#[test]
fn a_table_can_come_through_a_pipe_in_a_strict_script() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let script = "set -euo pipefail\n\
                  printf 'Bild;image\\r\\n1;in.png\\r\\n' | \"$@\" batch - -q -p 'no {bild}' --name '{stem}-{Bild}.{ext}' \
                  -d out | cat\n";
    let run = env.command("").service(&service).wrapped_in("bash", &["-c", script, "bash"]);
    run.stdout("out/in-1.jpg\n").assert();
    assert_eq!(service.ledger().charge(0)["prompt"], "no 1");
}

/// What LibreOffice and Gnumeric export from one spreadsheet; `tests/fixtures/tables/export.sh` has the commands.
const EXPORTS: [&str; 5] =
    ["english.csv", "german.csv", "french-with-mark.csv", "tabs-utf16.csv", "gnumeric-utf16.csv"];

#[test]
fn what_spreadsheet_programs_export_are_the_same_edits() {
    let (env, service) = (TestEnv::with_picture(), Service::new());
    let fixtures = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tables");
    let mut first: Option<Vec<Value>> = None;
    for name in EXPORTS {
        env.write("m.csv", std::fs::read(fixtures.join(name)).unwrap());
        let run = env.command("batch m.csv -q -j1 --json -d out --name {SKU}.{ext}").service(&service);
        let records = run.any_stdout().assert().json_lines();
        let found: Vec<_> = records
            .iter()
            .map(|record| {
                json!([record["prompt"], record["guidance_scale"], record["line"], record["columns"]])
            })
            .collect();
        let expected = [
            json!(["„Größe“; 2,5\n\"neu\"", 4.5, 2, {"SKU": "00042", "Note": "a b; c, d"}]),
            json!(["at night", null, 5, {"SKU": "00043", "Note": "=x"}]),
        ];
        assert_eq!(found, expected, "{name}");
        // A Boolean that is exported as a number is one all the same: the first row keeps the size of its picture.
        assert_eq!((&records[0]["width"], &records[0]["seed"]), (&json!(64), &json!(8)), "{name}");
        assert_ne!(records[1]["width"], 64, "{name}");
        let jobs: Vec<Value> = records.iter().map(|record| record["job"].clone()).collect();
        assert_eq!(first.get_or_insert_with(|| jobs.clone()), &jobs, "{name}");
    }
    service.ledger().ensure_counts(2, 2);
}
