//! What is wrong with bytes.

/// What is wrong with some bytes, as the end of the sentence "the picture is damaged: …".
pub(super) type Flaw = &'static str;
