//! Photoshop's image resources (Adobe Photoshop File Formats Specification, 2019), which JPEG, PNG and TIFF files have,
//! too: IPTC metadata, and what Photoshop itself stores.

use super::endian::Endian::Big;

/// The resource of IPTC metadata (IIM).
pub(crate) const IPTC: u16 = 0x0404;

const SIGNATURE: &[u8] = b"8BIM";

/// A resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Resource {
    pub(crate) id: u16,
    /// Mostly empty. At most 255 bytes.
    pub(crate) name: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

impl Resource {
    pub(crate) fn iptc(data: &[u8]) -> Resource {
        Resource { id: IPTC, name: Vec::new(), data: data.to_vec() }
    }
}

/// Reads resources up to the end or to what is none.
pub(crate) fn read(mut bytes: &[u8]) -> Vec<Resource> {
    let mut resources = Vec::new();
    while let Some((resource, rest)) = split_resource(bytes) {
        resources.push(resource);
        bytes = rest;
    }
    resources
}

/// Splits off a resource: its signature, its id, its name, and its data, both padded to an even length.
fn split_resource(bytes: &[u8]) -> Option<(Resource, &[u8])> {
    let rest = bytes.strip_prefix(SIGNATURE)?;
    let id = Big.u16(rest, 0)?;
    let name_len = usize::from(*rest.get(2)?);
    let name = rest.get(3..3 + name_len)?;
    let rest = rest.get(2 + (1 + name_len).next_multiple_of(2)..)?;
    let len = Big.offset(rest, 0)?;
    let data = rest.get(4..)?.get(..len)?;
    // The padding of the last one may be missing.
    let rest = rest.get(4 + len.next_multiple_of(2)..).unwrap_or_default();
    Some((Resource { id, name: name.to_vec(), data: data.to_vec() }, rest))
}

/// Writes resources.
pub(crate) fn write(resources: &[Resource]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Resource { id, name, data } in resources {
        let (Ok(name_len), Ok(len)) = (u8::try_from(name.len()), u32::try_from(data.len())) else { continue };
        bytes.extend(SIGNATURE);
        bytes.extend(id.to_be_bytes());
        bytes.push(name_len);
        bytes.extend(name);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
        bytes.extend(len.to_be_bytes());
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_padding_of_the_last_resource_may_be_missing() {
        let resources = vec![Resource { id: 7, name: b"odd".to_vec(), data: b"abc".to_vec() }];
        let bytes = write(&resources);
        assert_eq!(read(&bytes[..bytes.len() - 1]), resources);
    }

    proptest! {
        #[test]
        fn resources_are_read_as_they_were_written(
            resources in prop::collection::vec(
                (any::<u16>(), prop::collection::vec(any::<u8>(), 0..9), prop::collection::vec(any::<u8>(), 0..40)),
                0..5,
            ),
        ) {
            let resources: Vec<Resource> =
                resources.into_iter().map(|(id, name, data)| Resource { id, name, data }).collect();
            prop_assert_eq!(read(&write(&resources)), resources);
        }

        #[test]
        fn damaged_resources_end_the_list(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [SIGNATURE, &bytes].concat();
            prop_assert!(read(&bytes).len() <= 20);
        }
    }
}
