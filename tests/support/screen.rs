//! What a terminal shows: a model of one, for what this program writes to it.

use std::collections::BTreeSet;

/// A terminal of this width, with everything that it has shown.
#[derive(Debug)]
pub(crate) struct Screen {
    columns: usize,
    rows: Vec<Row>,
    row: usize,
    column: usize,
    is_cursor_visible: bool,
    /// The parameters of all sequences that select colors and styles.
    styles: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Row {
    /// One for each column; that after a wide character is empty.
    cells: Vec<String>,
    /// Whether the terminal began it, because the row before was full.
    continues: bool,
}

impl Screen {
    /// Shows a text on a terminal.
    pub(crate) fn of(text: &str, columns: u16) -> Screen {
        let mut screen = Screen {
            columns: columns.into(),
            rows: vec![Row::default()],
            row: 0,
            column: 0,
            is_cursor_visible: true,
            styles: BTreeSet::new(),
        };
        screen.show(text);
        screen
    }

    fn show(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '\u{1b}' => rest = self.escape(rest),
                '\r' => self.column = 0,
                '\n' => self.move_to(self.row + 1),
                '\u{8}' => self.column = self.column.saturating_sub(1),
                c if c.is_control() => panic!("an unexpected {c:?} in {text:?}"),
                c => self.put(c),
            }
        }
    }

    /// Carries out a sequence after its escape. Returns the rest of the text.
    fn escape<'a>(&mut self, text: &'a str) -> &'a str {
        if let Some(sequence) = text.strip_prefix('[') {
            let end = sequence.find(|c: char| ('@'..='~').contains(&c)).expect("a complete sequence");
            let (parameters, rest) = sequence.split_at(end);
            let command = rest.chars().next().unwrap();
            self.command(parameters, command);
            return &rest[1..];
        }
        // A text for the terminal itself ends with a bell or a string terminator.
        let end = [text.find('\u{7}').map(|at| at + 1), text.find("\u{1b}\\").map(|at| at + 2)];
        &text[end.into_iter().flatten().min().expect("a complete text")..]
    }

    fn command(&mut self, parameters: &str, command: char) {
        let count = parameters.parse().unwrap_or(1).max(1);
        match (command, parameters) {
            ('A', _) => self.row = self.row.saturating_sub(count),
            ('B', _) => self.move_to(self.row + count),
            ('G', _) => self.column = count - 1,
            ('K', "2") => self.rows[self.row].cells.clear(),
            ('K', _) => self.rows[self.row].cells.truncate(self.column),
            ('J', _) => {
                self.rows.truncate(self.row + 1);
                self.rows[self.row].cells.truncate(self.column);
            }
            ('h', "?25") => self.is_cursor_visible = true,
            ('l', "?25") => self.is_cursor_visible = false,
            ('m', _) => drop(self.styles.insert(parameters.to_owned())),
            // Questions to the terminal.
            ('c' | 'n' | 't' | 'q', _) => {}
            other => panic!("an unexpected sequence: {other:?}"),
        }
    }

    fn move_to(&mut self, row: usize) {
        self.row = row;
        while self.rows.len() <= row {
            self.rows.push(Row::default());
        }
    }

    fn put(&mut self, c: char) {
        let text = c.to_string();
        let width = textwrap::core::display_width(&text);
        if self.column + width > self.columns {
            self.move_to(self.row + 1);
            self.rows[self.row].continues = true;
            self.column = 0;
        }
        let cells = &mut self.rows[self.row].cells;
        while cells.len() < self.column + width {
            cells.push(" ".to_owned());
        }
        cells[self.column] = text;
        cells[self.column + 1..self.column + width].fill(String::new());
        self.column += width;
    }

    /// The lines, each as it was written, without spaces at its end.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for row in &self.rows {
            let text = row.cells.concat();
            match lines.last_mut() {
                Some(line) if row.continues => line.push_str(&text),
                _ => lines.push(text),
            }
        }
        lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// All words, in their order.
    pub(crate) fn words(&self) -> Vec<String> {
        self.lines().iter().flat_map(|line| line.split_whitespace()).map(str::to_owned).collect()
    }

    /// The parameters of all sequences that selected colors and styles.
    pub(crate) fn styles(&self) -> &BTreeSet<String> {
        &self.styles
    }

    /// Panics if a line is wider than the terminal, unless the word at its edge has no room on any line; `indent` columns of
    /// these may be taken.
    pub(crate) fn ensure_fits(&self, indent: usize) {
        for line in self.lines() {
            if textwrap::core::display_width(&line) <= self.columns {
                continue;
            }
            let mut width = 0;
            let edge = line.char_indices().find(|(_, c)| {
                width += textwrap::core::display_width(&c.to_string());
                width > self.columns
            });
            let (edge, _) = edge.unwrap();
            let start = line[..edge].rfind(' ').map_or(0, |space| space + 1);
            let word = line[start..].split(' ').next().unwrap();
            let has_no_room = textwrap::core::display_width(word) > self.columns - indent;
            assert!(has_no_room, "wider than {} columns: {line:?}", self.columns);
        }
    }

    /// Panics unless the terminal can be used for the next command: the cursor is visible, at the start of an empty line.
    pub(crate) fn ensure_usable(&self) {
        let end = (self.is_cursor_visible, self.column, self.rows[self.row].cells.concat().trim().len());
        assert_eq!(end, (true, 0, 0), "{:?}", self.lines());
    }
}
