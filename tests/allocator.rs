//! The heap of systems whose allocator returns large blocks at once. The program has it only there.
#![expect(unsafe_code, reason = "an allocator is unsafe to call")]

#[path = "../src/allocator/heap.rs"]
mod heap;

use std::alloc::{GlobalAlloc, Layout};

use heap::Heap;

/// As in the program.
const MAPPED: usize = 16 << 20;

fn bytes(size: usize) -> Layout {
    Layout::from_size_align(size, 16).unwrap()
}

#[test]
fn freed_memory_serves_later_requests_and_is_zeroed_on_request() {
    let heap = Heap::new();
    // SAFETY: the blocks are written and read within their size, and freed once with their layout.
    unsafe {
        let block = heap.alloc(bytes(3_000_000));
        block.write_bytes(7, 3_000_000);
        heap.dealloc(block, bytes(3_000_000));
        let zeroed = heap.alloc_zeroed(bytes(2_900_000));
        assert_eq!(zeroed, block);
        assert!(std::slice::from_raw_parts(zeroed, 2_900_000).iter().all(|byte| *byte == 0));
        heap.dealloc(zeroed, bytes(2_900_000));
    }
}

/// Blocks of all sizes, also of those that are mapped, from several threads: none overlaps another, and each keeps its content when
/// it grows or shrinks.
#[test]
fn blocks_of_several_threads_do_not_overlap() {
    let heap = &Heap::new();
    let work = |seed: u64| {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut held: Vec<(usize, usize, u8)> = Vec::new();
        let check = |address: usize, size: usize, mark: u8| {
            let block = address as *const u8;
            // SAFETY: the blocks are written and read within their size, and freed once with their layout.
            let (first, last) = unsafe { (block.read(), block.add(size - 1).read()) };
            assert!(first == mark && last == mark, "{size} bytes");
        };
        let fill = |address: usize, size: usize, mark: u8| {
            let block = address as *mut u8;
            // SAFETY: as above.
            unsafe {
                block.write(mark);
                block.add(size - 1).write(mark);
            }
        };
        for _ in 0..2_000 {
            let size = 1 << random.u32(4..25);
            let size = size + random.usize(0..size);
            match random.u8(0..4) {
                0 if !held.is_empty() => {
                    let (address, size, mark) = held.swap_remove(random.usize(0..held.len()));
                    check(address, size, mark);
                    // SAFETY: as above.
                    unsafe { heap.dealloc(address as *mut u8, bytes(size)) };
                }
                1 if !held.is_empty() => {
                    let at = random.usize(0..held.len());
                    let (address, before, mark) = held[at];
                    check(address, before, mark);
                    // SAFETY: as above.
                    let moved = unsafe { heap.realloc(address as *mut u8, bytes(before), size) } as usize;
                    // SAFETY: as above.
                    assert_eq!(unsafe { (moved as *const u8).read() }, mark);
                    fill(moved, size, mark);
                    held[at] = (moved, size, mark);
                }
                _ if held.len() < 12 => {
                    // SAFETY: as above.
                    let address = unsafe { heap.alloc(bytes(size)) } as usize;
                    let mark = random.u8(..);
                    fill(address, size, mark);
                    held.push((address, size, mark));
                }
                _ => {}
            }
        }
        for (address, size, mark) in held {
            check(address, size, mark);
            // SAFETY: as above.
            unsafe { heap.dealloc(address as *mut u8, bytes(size)) };
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|seed| drop(scope.spawn(move || work(seed)))));
}
