//! The global allocator.

#![expect(unsafe_code, reason = "implementing and configuring an allocator is unsafe")]

#[cfg(all(target_os = "linux", not(target_env = "gnu")))]
#[path = "allocator/heap.rs"] // also from benches/decode
mod heap;

use std::alloc::{GlobalAlloc, Layout};
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};

/// Where blocks come from.
#[cfg(all(target_os = "linux", not(target_env = "gnu")))]
static BLOCKS: heap::Heap = heap::Heap::new();
#[cfg(any(not(target_os = "linux"), target_env = "gnu"))]
static BLOCKS: std::alloc::System = std::alloc::System;

/// The system's allocator, with huge pages for large blocks, and with memory for them that is kept and reused.
///
/// A picture of 12 megapixels takes 36 MB, and a merge allocates about sixty planes of 1 to 4 MB. With 4 KiB pages
/// that are returned each time, the first writes cause thirty thousand page faults, a tenth of the time of a
/// merge. Many systems use huge pages only on request.
pub(crate) struct HugePages;

/// The smallest large block: half of one channel of a megapixel.
#[cfg(target_os = "linux")]
const LARGE: usize = 512 << 10;

// SAFETY: all blocks come from `BLOCKS` unchanged; `madvise` does not change their content.
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        make_room_for(layout.size());
        // SAFETY: both functions have the same contract.
        advised(unsafe { BLOCKS.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        make_room_for(layout.size());
        // SAFETY: as above.
        advised(unsafe { BLOCKS.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above; the block comes from `BLOCKS`.
        unsafe { BLOCKS.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        make_room_for(size);
        // SAFETY: as above.
        advised(unsafe { BLOCKS.realloc(block, layout, size) }, size)
    }
}

/// Requests huge pages for a block that is large enough to fill one, and returns the block.
#[cfg(target_os = "linux")]
fn advised(block: *mut u8, size: usize) -> *mut u8 {
    const HUGE: usize = 2 << 20;

    if size >= HUGE && !block.is_null() {
        let page = rustix::param::page_size();
        let margin = block.addr().next_multiple_of(page) - block.addr();
        let whole = (size - margin) / page * page;
        // SAFETY: the range consists of whole pages inside the block. The system may ignore the advice.
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

/// Blocks from this size on, such as a large picture, get their own mappings. Those grow without a copy, and return to the system
/// at once. No plane that a merge compares is half as large.
#[cfg(target_os = "linux")]
const MAPPED: usize = 16 << 20;

/// On the first large allocation, grows the heap by 8 × 15 MiB of huge pages and keeps them, so that the planes of
/// a merge reuse memory that is already mapped. A page takes memory only once it is written to.
#[cfg(target_os = "linux")]
fn make_room_for(size: usize) {
    const PARTS: usize = 8;
    static IS_MADE: AtomicBool = AtomicBool::new(false);

    if size < LARGE || IS_MADE.swap(true, Ordering::Relaxed) {
        return;
    }
    // A block slightly below the threshold comes from the heap.
    let Ok(part) = Layout::array::<u64>((MAPPED - (MAPPED >> 4)) / size_of::<u64>()) else { return };
    #[cfg(target_env = "gnu")]
    // SAFETY: `mallopt` takes two integers.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED as libc::c_int);
        libc::mallopt(libc::M_TRIM_THRESHOLD, (PARTS * MAPPED) as libc::c_int);
    }
    // SAFETY: the size is not 0. Each block that was allocated is freed once, and is not used elsewhere.
    unsafe {
        let parts = [(); PARTS].map(|()| advised(BLOCKS.alloc(part), part.size()));
        parts.into_iter().filter(|block| !block.is_null()).for_each(|block| BLOCKS.dealloc(block, part));
    }
}

#[cfg(not(target_os = "linux"))]
fn make_room_for(_: usize) {}

/// Makes all threads allocate from one arena. By default, glibc creates up to eight per processor.
///
/// Each arena fragments on its own, so a long batch would take more memory than a short one. The threads here
/// mostly wait for the network, so they rarely contend for the arena.
pub(crate) fn share_one_arena() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` takes two integers, and no other thread is running yet.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
