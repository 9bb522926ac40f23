//! An XMP packet (ISO 16684-1): its properties are read, removed and added in its text. What is not touched stays as it
//! was written.

use std::ops::Range;

use roxmltree::{Attribute, Document, Node, ParsingOptions};

use super::names::{self, Name, RDF};

/// More than packets have. The limits keep hostile ones from taking much time or memory.
const MAX_BYTES: usize = 4 << 20;
const MAX_NODES: u32 = 100_000;
/// See [`comparisons`]. A packet with 20 declarations and 50,000 events, each with 5 attributes, takes 7 million.
const MAX_COMPARISONS: usize = 8_000_000;

/// A packet that can be parsed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Packet {
    /// Its root element.
    text: String,
}

/// A property of the picture: an attribute or an element of a description.
enum Property<'a, 'input> {
    Attribute(Attribute<'a, 'input>),
    Element(Node<'a, 'input>),
}

impl Property<'_, '_> {
    fn name(&self) -> (&str, &str) {
        match self {
            Property::Attribute(attribute) => (attribute.namespace().unwrap_or(""), attribute.name()),
            Property::Element(node) => (node.tag_name().namespace().unwrap_or(""), node.tag_name().name()),
        }
    }

    fn range(&self) -> Range<usize> {
        match self {
            Property::Attribute(attribute) => attribute.range(),
            Property::Element(node) => node.range(),
        }
    }

    /// The value, or the values of a list.
    fn value(&self) -> String {
        match self {
            Property::Attribute(attribute) => attribute.value().to_owned(),
            Property::Element(node) => match node.attribute((RDF, "resource")) {
                Some(resource) => resource.to_owned(),
                None => {
                    let texts = node.descendants().filter(Node::is_text).filter_map(|node| node.text());
                    let texts = texts.map(str::trim).filter(|text| !text.is_empty());
                    texts.collect::<Vec<_>>().join("; ")
                }
            },
        }
    }
}

impl Packet {
    /// Parses a packet. Returns `None` if it is damaged, too large, or not in UTF-8.
    pub(super) fn parse(bytes: &[u8]) -> Option<Packet> {
        let text = str::from_utf8(bytes).ok()?.trim_matches(['\0', '\u{FEFF}', ' ', '\r', '\n', '\t']);
        let is_small = text.len() <= MAX_BYTES && comparisons(text) <= MAX_COMPARISONS;
        let document = is_small.then(|| document(text)).flatten()?;
        rdf(&document)?;
        Some(Packet { text: text.get(document.root_element().range())?.to_owned() })
    }

    /// A packet without properties.
    pub(super) fn empty() -> Packet {
        let text = format!(
            "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n <rdf:RDF xmlns:rdf=\"{RDF}\">\n </rdf:RDF>\n</x:xmpmeta>"
        );
        Packet { text }
    }

    /// The packet as it is stored in files.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        let text = self.text;
        format!(
            "<?xpacket begin=\"\u{FEFF}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n{text}\n<?xpacket end=\"w\"?>"
        )
        .into_bytes()
    }

    /// The value of a property. The values of a list are separated by semicolons.
    pub(super) fn value(&self, name: Name) -> Option<String> {
        let document = document(&self.text)?;
        let value = properties(&document).find(|property| {
            let (namespace, local) = property.name();
            name.is(namespace, local)
        })?;
        Some(value.value()).filter(|value| !value.is_empty())
    }

    /// Whether there is any property.
    pub(super) fn has_properties(&self) -> bool {
        document(&self.text).is_some_and(|document| properties(&document).next().is_some())
    }

    /// Removes the properties that `is_removed`, by their namespace and their name.
    pub(super) fn without(&self, is_removed: impl Fn(&str, &str) -> bool) -> Option<Packet> {
        let document = document(&self.text)?;
        let mut ranges: Vec<Range<usize>> = properties(&document)
            .filter(|property| {
                let (namespace, local) = property.name();
                is_removed(namespace, local)
            })
            .map(|property| property.range())
            .collect();
        ranges.sort_by_key(|range| range.start);
        let mut text = self.text.clone();
        ranges.into_iter().rev().for_each(|range| text.replace_range(range, ""));
        Packet::parse(text.as_bytes())
    }

    /// Keeps nothing but the properties that `is_kept`.
    pub(super) fn only(&self, is_kept: impl Fn(&str, &str) -> bool) -> Option<Packet> {
        Packet::empty().with(&self.descriptions(is_kept)?)
    }

    /// Adds the properties of another packet that this one does not have.
    pub(super) fn or(&self, other: &Packet) -> Option<Packet> {
        let document = document(&self.text)?;
        let own: Vec<_> = properties(&document).collect();
        let is_missing =
            |namespace: &str, local: &str| own.iter().all(|property| property.name() != (namespace, local));
        self.with(&other.descriptions(is_missing)?)
    }

    /// Adds descriptions, which are XML.
    pub(super) fn with(&self, descriptions: &str) -> Option<Packet> {
        let document = document(&self.text)?;
        let mut text = self.text.clone();
        text.insert_str(end_tag(&self.text, rdf(&document)?)?, descriptions);
        Packet::parse(text.as_bytes())
    }

    /// Adds an event, which is XML, to the end of the history. Returns `None` if there is no history.
    pub(super) fn with_event(&self, event: &str) -> Option<Packet> {
        let document = document(&self.text)?;
        let history = properties(&document).find_map(|property| match property {
            Property::Element(node) if names::HISTORY.is(property.name().0, property.name().1) => Some(node),
            _ => None,
        })?;
        let list = history.children().find(|node| node.has_tag_name((RDF, "Seq")))?;
        let mut text = self.text.clone();
        text.insert_str(end_tag(&self.text, list)?, event);
        Packet::parse(text.as_bytes())
    }

    /// The fields of the last event of the history: the software, and when it happened.
    pub(super) fn last_event(&self) -> Option<(String, Option<String>)> {
        let document = document(&self.text)?;
        let nodes = properties(&document).filter_map(|property| match property {
            Property::Element(node) if names::HISTORY.is(property.name().0, property.name().1) => Some(node),
            _ => None,
        });
        let item =
            nodes.flat_map(|node| node.descendants()).filter(|node| node.has_tag_name((RDF, "li"))).last()?;
        let field = |local: &str| {
            let in_element = || {
                let node = item.descendants().find(|node| node.has_tag_name((names::EVENT, local)))?;
                node.text().map(str::to_owned)
            };
            let attribute = item.descendants().find_map(|node| node.attribute((names::EVENT, local)));
            attribute.map(str::to_owned).or_else(in_element)
        };
        Some((field("softwareAgent")?, field("when")))
    }

    /// The properties that `is_kept` as descriptions, with all namespaces in scope.
    fn descriptions(&self, is_kept: impl Fn(&str, &str) -> bool) -> Option<String> {
        let document = document(&self.text)?;
        let mut text = String::new();
        for description in descriptions(&document) {
            let (mut attributes, mut elements) = (String::new(), String::new());
            for property in properties_of(description) {
                let (namespace, local) = property.name();
                if is_kept(namespace, local) {
                    let source = self.text.get(property.range())?;
                    match property {
                        Property::Attribute(_) => attributes.extend(["\n   ", source]),
                        Property::Element(_) => elements.extend(["\n   ", source]),
                    }
                }
            }
            if attributes.is_empty() && elements.is_empty() {
                continue;
            }
            text.push_str("  <rdf:Description rdf:about=\"\"");
            for namespace in description.namespaces() {
                match namespace.name() {
                    Some("xml") => {}
                    Some(prefix) => {
                        text.push_str(&format!("\n    xmlns:{prefix}=\"{}\"", escaped(namespace.uri())));
                    }
                    // An element without a prefix keeps its meaning.
                    None => text.push_str(&format!("\n    xmlns=\"{}\"", escaped(namespace.uri()))),
                }
            }
            text.extend([&attributes, ">", &elements, "\n  </rdf:Description>\n"]);
        }
        Some(text)
    }
}

fn document(text: &str) -> Option<Document<'_>> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).ok()
}

/// About the number of comparisons of names that the parser makes. It compares the attributes of an element with each other,
/// looks each name up among the declarations in scope, and compares these with each other for each element that has one.
fn comparisons(text: &str) -> usize {
    let (mut sum, mut open, mut rest) = (0_usize, vec![0_usize], text);
    while let Some(from) = rest.find('<').and_then(|at| rest.get(at..))
        && let Some(markup) = markup(from)
    {
        if markup.starts_with("</") {
            open.pop();
        } else if !markup.starts_with("<!") && !markup.starts_with("<?") {
            let (attributes, declared) = (markup.matches('=').count(), markup.matches("xmlns").count());
            let in_scope = open.last().copied().unwrap_or_default() + declared;
            let copies = if declared > 0 { in_scope * in_scope } else { 0 };
            sum = sum.saturating_add(attributes * attributes + (attributes + 1) * in_scope + copies);
            if !markup.ends_with("/>") {
                open.push(in_scope);
            }
        }
        rest = &from[markup.len()..];
    }
    sum
}

/// The tag, comment, section or instruction at the start of a text. `None` if it has no end.
fn markup(text: &str) -> Option<&str> {
    for (start, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
        if let Some(inside) = text.strip_prefix(start) {
            return text.get(..start.len() + inside.find(end)? + end.len());
        }
    }
    let mut quote = None;
    let is_end = |byte: u8| {
        match quote {
            Some(open) if open == byte => quote = None,
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            _ => {}
        }
        quote.is_none() && byte == b'>'
    };
    text.get(..=text.bytes().position(is_end)?)
}

fn rdf<'a, 'input>(document: &'a Document<'input>) -> Option<Node<'a, 'input>> {
    document.descendants().find(|node| node.has_tag_name((RDF, "RDF")))
}

fn descriptions<'a, 'input>(document: &'a Document<'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    rdf(document).into_iter().flat_map(|rdf| rdf.children().filter(Node::is_element))
}

fn properties<'a, 'input>(document: &'a Document<'input>) -> impl Iterator<Item = Property<'a, 'input>> {
    descriptions(document).flat_map(properties_of)
}

/// The attributes of a description that are not RDF's own, and its elements.
fn properties_of<'a, 'input>(description: Node<'a, 'input>) -> impl Iterator<Item = Property<'a, 'input>> {
    const XML: &str = "http://www.w3.org/XML/1998/namespace";

    let attributes = description
        .attributes()
        .filter(|attribute| attribute.namespace().is_some_and(|namespace| ![RDF, XML].contains(&namespace)));
    let elements = description.children().filter(Node::is_element);
    attributes.map(Property::Attribute).chain(elements.map(Property::Element))
}

/// The offset of the end tag of an element. `None` if it has none.
fn end_tag(text: &str, node: Node<'_, '_>) -> Option<usize> {
    let range = node.range();
    let element = text.get(range.clone())?;
    if element.ends_with("/>") && node.children().next().is_none() {
        return None;
    }
    element.rfind("</").map(|at| range.start + at)
}

/// A text as the content of an element or of an attribute in quotation marks.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(letter),
            // XML has no other control characters and no noncharacters.
            '\0'..='\x1F' | '\u{FFFE}' | '\u{FFFF}' => escaped.push(' '),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
pub(super) mod tests;
