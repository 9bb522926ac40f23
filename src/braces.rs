//! Texts with fields in braces: `{stem}-edited.{ext}`. `{{` and `}}` stand for braces.

/// A part of such a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It stays as it is.
    Text(String),
    /// The name between the braces, which may be empty.
    Field(String),
}

/// A brace without its partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a `{{` or `}}` has no partner; write `{{{{` or `}}}}` for the character itself")]
pub struct UnpairedBrace;

/// Splits a text into its parts. No two texts follow each other.
///
/// # Errors
/// If a brace has no partner.
pub(crate) fn parse(text: &str) -> Result<Vec<Part>, UnpairedBrace> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '{' | '}' if rest.peek() == Some(&c) => {
                rest.next();
                literal.push(c);
            }
            '{' => {
                let mut name = String::new();
                loop {
                    match rest.next() {
                        Some('}') => break,
                        Some(c) => name.push(c),
                        None => return Err(UnpairedBrace),
                    }
                }
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(Part::Field(name));
            }
            '}' => return Err(UnpairedBrace),
            c => literal.push(c),
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Text(literal));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_texts_are_told_apart() {
        let text = |text: &str| Part::Text(text.into());
        let field = |name: &str| Part::Field(name.into());
        assert_eq!(parse("{stem}-x.{ext}"), Ok(vec![field("stem"), text("-x."), field("ext")]));
        assert_eq!(parse("{{{a}}} }}{{"), Ok(vec![text("{"), field("a"), text("} }{")]));
        assert_eq!(parse("{}"), Ok(vec![field("")]));
        assert_eq!(parse(""), Ok(Vec::new()));
    }

    #[test]
    fn a_brace_needs_its_partner() {
        for text in ["{a", "a}", "{{a}", "{a}}"] {
            assert_eq!(parse(text), Err(UnpairedBrace), "{text}");
        }
    }
}
