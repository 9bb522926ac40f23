//! Why a JPEG cannot be decoded, and what is odd about one that can.

/// A JPEG cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A header is missing or contradictory, so that there are no pixels at all.
    #[error("{0}")]
    Damaged(&'static str),
    /// A valid file of a kind that is not decoded.
    #[error("{0}")]
    Unsupported(Kind),
    /// The frame header states more pixels than the caller accepts.
    #[error("it has {width}×{height} pixels")]
    TooLarge { width: u16, height: u16 },
    /// The caller's buffer does not have [`Jpeg::output_len`](crate::Jpeg::output_len) bytes.
    #[error("the buffer for the pixels has the wrong size")]
    WrongBuffer,
}

/// A kind of JPEG that is not decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Kind {
    /// Samples of another depth than 8 bits.
    #[error("its samples have {0} bits")]
    Precision(u8),
    /// Lossless coding (SOF3, SOF7, SOF11 and SOF15), or JPEG-LS (SOF55).
    #[error("it is coded without loss")]
    Lossless,
    /// Several frames that refine each other (SOF5 to SOF15, DHP).
    #[error("it is hierarchical")]
    Hierarchical,
    /// Another number of components than 1, 3 or 4.
    #[error("it has {0} color components")]
    Components(u8),
    /// Arithmetic coding, which is read but not written.
    #[error("its entropy coding is arithmetic")]
    Arithmetic,
    /// A component whose resolution is not an integral fraction of the picture's.
    #[error("a color component has a fractional resolution")]
    FractionalSampling,
}

/// What is odd about a JPEG that was decoded. The default value stands for a valid file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The end marker is missing. Usual decoders show such a picture without a word.
    pub is_end_missing: bool,
    /// Bytes that belong to nothing lie between segments or after a scan.
    pub has_junk: bool,
    /// No Huffman table was defined where one is needed. The standard tables are used, as in frames of motion JPEG.
    pub uses_standard_tables: bool,
    /// The scans of a progressive picture leave out bits or coefficients.
    pub is_unrefined: bool,
    /// Pixels are missing or wrong.
    pub damage: Option<Damage>,
}

impl Report {
    /// Keeps the first damage.
    pub(crate) fn damaged(&mut self, reason: &'static str, intact_rows: u32) {
        self.damage.get_or_insert(Damage { reason, intact_rows });
    }
}

/// The first damage of the data of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    pub reason: &'static str,
    /// The rows of pixels before the damage in the scan that it is in. Rows after it may be intact, too.
    pub intact_rows: u32,
}
