use std::io::Read;

use serde_json::Value;

use super::header::MAX_COLUMNS;
use super::*;

fn parsed(text: &str) -> Vec<Result<(u64, Value), String>> {
    rows(Box::new(text.as_bytes()))
        .map(|row| {
            let fault = match row {
                Ok(mut row) => match row.faults.pop() {
                    None => return Ok((row.line, Value::Object(row.values))),
                    Some(fault) => fault,
                },
                Err(ParseError::Row(fault) | ParseError::Fatal(fault)) => fault,
            };
            Err(format!("{}: {}", fault.line.unwrap(), fault.message))
        })
        .collect()
}

#[test]
fn quotes_commas_and_line_breaks_stay_in_their_values() {
    let found = parsed("image,prompt,seed\r\na.png,\"say \"\"hi\"\", twice\nor not\",7\r\nb.png,x,\r\n");
    assert_eq!(
        found,
        [
            Ok((2, serde_json::json!({"image": "a.png", "prompt": "say \"hi\", twice\nor not", "seed": 7}))),
            Ok((4, serde_json::json!({"image": "b.png", "prompt": "x"}))),
        ]
    );
}

#[test]
fn spaces_around_a_path_do_not_count() {
    let found = parsed("image;mask;references;prompt\n a.png ; m.png; r.png ; x \n");
    let row = serde_json::json!({"image": "a.png", "mask": "m.png", "references": "r.png", "prompt": " x "});
    assert_eq!(found, [Ok((2, row))]);
}

/// A stream that fails after its first bytes.
struct Broken(&'static [u8]);

impl Read for Broken {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::Error::from_raw_os_error(2));
        }
        self.0.read(buffer)
    }
}

#[test]
fn a_read_error_is_reported_without_its_code() {
    let row = rows(Box::new(io::BufReader::new(Broken(b"image,prompt\n")))).next();
    assert!(
        matches!(row, Some(Err(ParseError::Fatal(fault))) if fault.message == "no such file or directory")
    );
}

#[test]
fn an_unknown_column_is_a_fault_of_the_header_and_the_rows_are_read_all_the_same() {
    let found = parsed("image,promt\na.png,x\nb.png,y,z\n");
    assert_eq!(
        found,
        [
            Err("1: unknown column `promt`; did you mean `prompt`?".to_owned()),
            Ok((2, serde_json::json!({"image": "a.png", "promt": "x"}))),
            Err("3: the header has 2 columns, but the row has 3".to_owned()),
        ]
    );
    assert_eq!(parsed("imgae,prompt\na.png,x\n").len(), 2);
}

#[test]
fn a_table_without_names_of_columns_is_a_fault() {
    let fault = [Err("1: no column is named `image`".to_owned())];
    assert_eq!(parsed("a.png,add a bird\n"), fault);
    assert_eq!(parsed("a.png;add a bird\nb.png;add a boat\n"), fault);
    assert_eq!(parsed("image\n"), []);
    assert_eq!(parsed("\n"), []);
}

#[test]
fn a_table_with_more_columns_than_a_spreadsheet_has_is_a_fault() {
    let header = |columns: usize| format!("image{}\n", ",".repeat(columns - 1));
    assert_eq!(parsed(&header(MAX_COLUMNS)), []);
    let fault = format!("1: {} columns; at most {MAX_COLUMNS} are read", MAX_COLUMNS + 1);
    assert_eq!(parsed(&header(MAX_COLUMNS + 1)), [Err(fault)]);
}

#[test]
fn what_spreadsheets_write_is_read() {
    let expected = [
        Ok((
            2,
            serde_json::json!({"image": "a.png", "prompt": "x; y\nz", "guidance_scale": 2.5, "preserve": true,
                                  "SKU": "007", "keep_size": false}),
        )),
        Ok((5, serde_json::json!({"image": "b.png", "prompt": "w", "SKU": "1,5"}))),
    ];
    let table = |sep: char, point: char| {
        format!(
            "Image{sep} PROMPT {sep}Guidance-Scale{sep}preserve{sep}SKU{sep}Keep Size{sep}{sep}\r\n\
             a.png{sep}\"x; y\nz\"{sep}\"2{point}5\"{sep}WAHR{sep}007{sep}False{sep}{sep}\r\n\
             {}\r\n\
             b.png{sep}w{sep}{sep}{sep}\"1,5\"{sep}{sep}{sep}\r\n",
            sep.to_string().repeat(7)
        )
    };
    assert_eq!(parsed(&table(',', '.')), expected);
    assert_eq!(parsed(&table(';', ',')), expected);
    assert_eq!(parsed(&table('\t', ',')), expected);
    let named = format!("sep=;\r\n{}", table(';', '.'));
    let lines: Vec<u64> = parsed(&named).into_iter().map(|row| row.unwrap().0).collect();
    assert_eq!(lines, [3, 6]);
}

#[test]
fn cells_shown_as_numbers_are_whole_numbers_and_switches() {
    let found = parsed("image;seed;quality;preserve;keep_size;SKU\na;8,00;80.0;1;0;1,0\n");
    let expected = serde_json::json!({
        "image": "a", "seed": 8, "quality": 80, "preserve": true, "keep_size": false, "SKU": "1,0",
    });
    assert_eq!(found[0].as_ref().unwrap().1, expected);
    // Some decimals mean something, and so may a separator of thousands. An exponent hides digits.
    let found = parsed("image;seed\na;8,50\nb;8,000\nc;1.23E+09\n");
    let seeds: Vec<_> = found.iter().map(|row| &row.as_ref().unwrap().1["seed"]).collect();
    assert_eq!(seeds, ["8,50", "8,000", "1.23E+09"]);
}

#[test]
fn a_value_without_a_column_is_a_fault_and_a_decimal_comma_needs_another_delimiter() {
    assert_eq!(parsed("image,\na,b\n"), [Err("2: `b` is in a column without a name".to_owned())]);
    let found = parsed("image,feather\na,\"2,5\"\n");
    assert_eq!(found[0].as_ref().unwrap().1["feather"], "2,5");
}

#[test]
fn a_duplicate_column_is_a_fault_of_the_header() {
    let found = parsed("image,prompt,image\na.png,x,b.png\n");
    assert_eq!(found[0], Err("1: the column `image` occurs twice".to_owned()));
    assert_eq!(found.len(), 2, "the row is checked, too");
}

#[test]
fn a_row_with_too_few_columns_is_a_fault_and_the_next_row_is_read() {
    let found = parsed("image,prompt\na.png\nb.png,x\n");
    assert_eq!(found[0], Err("2: the header has 2 columns, but the row has 1".into()));
    assert_eq!(found[1].as_ref().unwrap().0, 3);
}

#[test]
fn several_steps_are_a_json_list_and_one_is_plain_text() {
    let found = parsed("image,then\na,\"[\"\"x\"\",\"\"y\"\"]\"\nb,z\n");
    assert_eq!(found[0].as_ref().unwrap().1["then"], serde_json::json!(["x", "y"]));
    assert_eq!(found[1].as_ref().unwrap().1["then"], serde_json::json!("z"));
}

#[test]
fn a_malformed_list_is_a_fault_of_its_row_and_never_a_prompt() {
    for list in ["[\"\"a\"\", \"\"b\"\"", "[a, b]", " [", "[\"\"a\"\"] b"] {
        let found = parsed(&format!("image,then\na,\"{list}\"\nb,z\n"));
        let fault = found[0].as_ref().unwrap_err();
        let start = "2: then: begins with `[`, but is not a list of strings";
        assert!(fault.starts_with(start), "{list}: {fault}");
        assert!(found[1].is_ok());
    }
    let found = parsed("image,then\na,\"[\"\"[sic] a\"\"]\"\n");
    assert_eq!(found[0].as_ref().unwrap().1["then"], serde_json::json!(["[sic] a"]));
}

#[test]
fn json_that_is_not_a_list_is_a_fault_of_its_row_and_never_a_prompt() {
    for (cell, message) in [
        (" null ", "is `null`, which programs write for a missing value"),
        ("{}", "begins with `{`; expected a prompt"),
        ("\"{\"\"prompt\"\": \"\"x\"\"}\"", "begins with `{`; expected a prompt"),
        ("\u{feff}[]", "begins with a byte order mark"),
        ("\" \u{feff}[\"\"x\"\"]\"", "begins with a byte order mark"),
    ] {
        let found = parsed(&format!("image,then\na,z\nb,{cell}\n"));
        let fault = found[1].as_ref().unwrap_err();
        assert!(fault.starts_with(&format!("3: then: {message}")), "{cell}: {fault}");
        assert!(found[0].is_ok());
    }
    for prompt in ["nullify it", "add a { brace", "\u{feff}x"] {
        let found = parsed(&format!("image,then\na,{prompt}\n"));
        assert_eq!(found[0].as_ref().unwrap().1["then"], serde_json::json!(prompt));
    }
}

#[test]
fn what_programs_write_for_a_missing_value_is_no_prompt() {
    for column in ["prompt", "then", "negative_prompt"] {
        let found = parsed(&format!("image,{column}\na, NULL\n"));
        let expected = format!("2: {column}: is `NULL`, which programs write for a missing value");
        assert_eq!(found[0].as_ref().unwrap_err(), &expected);
    }
    let found = parsed("image,then\na,\"[\"\"snow\"\", \"\"nan\"\"]\"\n");
    assert!(
        found[0]
            .as_ref()
            .unwrap_err()
            .starts_with("2: then: has a step that programs write for a missing value")
    );
    assert!(parsed("image,prompt,SKU\na,none of the people,NULL\n")[0].is_ok());
}

#[test]
fn an_unclosed_quote_does_not_merge_rows() {
    let unclosed = Err("3: the quote opened on this line is not closed at the end of its value".to_owned());
    for rows in ["b,\"y\nc,z\n", "b,\"y\nc,\"z\"\n", "b,\"", "b,\"y\"z\nc,w\n", "b,\"y\r\nc,z\r\n"] {
        let found = parsed(&format!("image,prompt\na,x\n{rows}"));
        assert_eq!(found.get(1), Some(&unclosed), "{rows}");
    }
    assert_eq!(parsed("image,prompt\r\na,x\r\nb,\"y\r\nc,z\r\n")[1], unclosed);
    for whole in ["a,\"x\"", "a,5\" wide\n", "a,\"\"\"x\"\"\"\n", "\"a\",\"x,\n\""] {
        assert!(parsed(&format!("image,prompt\n{whole}"))[0].is_ok(), "{whole}");
    }
}

#[test]
fn an_unclosed_quote_cannot_use_up_the_memory() {
    let endless = io::BufReader::new(b"image,prompt\na,\"".chain(io::repeat(b'x')));
    let found = rows(Box::new(endless)).next();
    assert!(matches!(found, Some(Err(ParseError::Fatal(fault))) if fault.message.contains("quote")));
}
