//! How the program asks the system for memory.

#![expect(unsafe_code, reason = "what the allocator is for is unsafe, and so is telling it how")]

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, which puts large blocks into huge pages where there are some.
///
/// A picture of 12 megapixels is 36 MB. In pages of 4 KiB, the system is interrupted for nine thousand of them
/// as they are written to for the first time: a tenth of the time of a merge. Many systems use huge pages only
/// where they are asked to.
pub(crate) struct HugePages;

/// From this size on: what is smaller cannot have a huge page of its own.
const LARGE: usize = 2 << 20;

// SAFETY: all blocks are those of `System`, as it gives them; advice changes nothing in them.
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: what this function asks of its caller is what that one does.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        advised(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above, and it is a block of `System`.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        advised(unsafe { System.realloc(block, layout, size) }, size)
    }
}

/// The block, after the system was asked for huge pages for it if it is large.
#[cfg(target_os = "linux")]
fn advised(block: *mut u8, size: usize) -> *mut u8 {
    if size >= LARGE && !block.is_null() {
        let page = rustix::param::page_size();
        let margin = block.addr().next_multiple_of(page) - block.addr();
        let whole = (size - margin) / page * page;
        // SAFETY: these are whole pages, and within the block. Advice that is not taken is no error.
        let _ = unsafe {
            rustix::mm::madvise(block.add(margin).cast(), whole, rustix::mm::Advice::LinuxHugepage)
        };
    }
    block
}

#[cfg(not(target_os = "linux"))]
fn advised(block: *mut u8, _: usize) -> *mut u8 {
    block
}

/// Lets all threads allocate from one arena, where glibc would make eight for each processor.
///
/// Each arena keeps the holes between what its threads freed, so that a long batch would take more
/// memory than a short one. Threads here wait for the network and for pages of their own, and hardly
/// for one another.
pub(crate) fn share_one_arena() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` takes two integers, and no other thread has begun.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
