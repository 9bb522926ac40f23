//! How the program asks the system for memory.

#![expect(unsafe_code, reason = "what the allocator is for is unsafe, and so is telling it how")]

use std::alloc::{GlobalAlloc, Layout, System};
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::sync::atomic::{AtomicBool, Ordering};

/// The system's allocator, with large blocks in huge pages where there are some, and with room for them that is
/// used again.
///
/// A picture of 12 megapixels is 36 MB, and merging makes and drops some sixty planes of one to four. In pages of
/// 4 KiB that are given back each time, the system is interrupted thirty thousand times as they are written to
/// for the first time: a tenth of the time of a merge. Many systems use huge pages only where they are asked to.
pub(crate) struct HugePages;

/// From this size on, a block is large: a channel of a megapixel at half its size.
const LARGE: usize = 512 << 10;

// SAFETY: all blocks are those of `System`, as it gives them; advice changes nothing in them.
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        make_room_for(layout.size());
        // SAFETY: what this function asks of its caller is what that one does.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        make_room_for(layout.size());
        // SAFETY: as above.
        advised(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above, and it is a block of `System`.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        make_room_for(size);
        // SAFETY: as above.
        advised(unsafe { System.realloc(block, layout, size) }, size)
    }
}

/// The block, after the system was asked for huge pages for it if it can have one to itself.
#[cfg(target_os = "linux")]
fn advised(block: *mut u8, size: usize) -> *mut u8 {
    const HUGE: usize = 2 << 20;

    if size >= HUGE && !block.is_null() {
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

/// Before the first large block, grows the heap by what a merge of 12 megapixels takes besides the picture, in
/// huge pages, and lets it keep that. A page of it takes memory when something is written there, not before.
///
/// Blocks of 16 MiB and more, such as a large picture or a file that is being written, are mappings of their own
/// once that room is taken: those grow without being copied, and are given back at once. No channel that is compared
/// has half as much.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn make_room_for(size: usize) {
    const MAPPED: usize = 16 << 20;
    const PARTS: usize = 8;
    static IS_MADE: AtomicBool = AtomicBool::new(false);

    if size < LARGE || IS_MADE.swap(true, Ordering::Relaxed) {
        return;
    }
    // What is a little smaller than a mapping is a part of the heap.
    let part = MAPPED - (MAPPED >> 4);
    // SAFETY: `mallopt` takes two integers, and `free` blocks of `malloc` that nobody else knows, or null.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED as libc::c_int);
        libc::mallopt(libc::M_TRIM_THRESHOLD, (PARTS * MAPPED) as libc::c_int);
        let parts = [(); PARTS].map(|()| advised(libc::malloc(part).cast(), part));
        parts.into_iter().for_each(|part| libc::free(part.cast()));
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn make_room_for(_: usize) {}

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
