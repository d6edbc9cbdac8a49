import Foundation
import Glibc

/// Standard input and output as the lines of a conversation.
///
/// Taking them makes standard output the conversation's own: whatever else in the process prints lands on standard error.
struct LinePipes: Sendable {
    let input: LineInput
    let output: LineOutput

    static func take() throws -> LinePipes {
        let descriptor = dup(STDOUT_FILENO)
        guard descriptor >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else { throw StartProblem("Standard output cannot be used.") }
        let input = LineInput(descriptor: STDIN_FILENO)
        return LinePipes(input: input, output: LineOutput(descriptor: descriptor) { input.finish() })
    }
}

/// Lines as they arrive, without their ends. They are read on a thread of their own: standard input may be silent for hours.
struct LineInput: AsyncSequence, Sendable {
    /// Longer than any message that a server takes.
    private static let longest = 64 << 20
    /// How many lines are read before the first of them is handled.
    private static let ahead = 64

    private let lines: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    /// Begins at nought and is raised: a semaphore must not be let go of below the value it began with.
    private let room = DispatchSemaphore(value: 0)

    init(descriptor: Int32) {
        (lines, continuation) = AsyncStream.makeStream()
        for _ in 0..<Self.ahead { room.signal() }
        Thread.detachNewThread { [self] in read(descriptor) }
    }

    /// Ends the lines, as the end of the input does.
    func finish() { continuation.finish() }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lines: lines.makeAsyncIterator(), room: room) }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var lines: AsyncStream<String>.AsyncIterator
        fileprivate let room: DispatchSemaphore

        mutating func next() async -> String? {
            let line = await lines.next()
            room.signal()
            return line
        }
    }

    private func read(_ descriptor: Int32) {
        var (pending, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
        while pending.count <= Self.longest {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            var pieces = chunk[..<count].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let last = pieces.removeLast()
            for piece in pieces {
                deliver(pending + piece)
                pending.removeAll(keepingCapacity: false)
            }
            pending += last
        }
        deliver(pending)
        continuation.finish()
    }

    private func deliver(_ bytes: [UInt8]) {
        let line = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespaces.union(.newlines))
        guard !line.isEmpty else { return }
        room.wait()
        continuation.yield(line)
    }
}

/// Writes whole lines in the order in which they are given, on a queue of its own: a client that does not read holds up its senders only.
struct LineOutput: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "postiz.lines")
    private let whenGone: @Sendable () -> Void

    /// `whenGone` is called when nobody reads any more.
    init(descriptor: Int32, whenGone: @escaping @Sendable () -> Void) {
        self.descriptor = descriptor
        self.whenGone = whenGone
    }

    /// Writes a JSON text; line breaks between its parts become blanks.
    func send(_ text: String) async {
        let line = text.utf8.contains { $0 == 10 || $0 == 13 } ? String(text.map { $0.isNewline ? " " : $0 }) : text
        await withCheckedContinuation { continuation in
            queue.async {
                if !write(line + "\n") { whenGone() }
                continuation.resume()
            }
        }
    }

    private func write(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }
}
