//! Positions and sizes in a picture, in pixels.

mod adaptive_size;
mod inscribed;
mod length;
mod orient;
mod orientation;
mod placement;
mod rect;
mod region;
mod region_context;

pub use self::adaptive_size::{ADAPTIVE_SIZES, adaptive_size};
pub(crate) use self::inscribed::largest_rectangle;
pub(crate) use self::orient::apply_orientation;
pub use self::orientation::Orientation;
pub use self::placement::Placement;
pub(crate) use self::rect::ROUNDING;
pub use self::rect::Rect;
pub use self::region::{OutsideError, Region, RegionError};
pub use self::region_context::{RegionContext, RegionContextError};
