package io.modelwatch.app.platform;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Keeps a second process out of a data directory. The operating system drops the lock of a killed process. */
final class DataDirLock implements AutoCloseable {

    private final FileChannel channel;

    private DataDirLock(FileChannel channel) {
        this.channel = channel;
    }

    static DataDirLock take(Path directory) {
        Path file = directory.resolve("lock");
        try {
            Files.createDirectories(directory);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (tryLock(channel) == null) {
                channel.close();
                throw new PlatformException("the data directory " + directory
                        + " is in use by another modelwatch: stop that one or choose another with --data-dir");
            }
            return new DataDirLock(channel);
        } catch (IOException e) {
            throw new PlatformException(
                    "cannot use the data directory " + directory + ": " + e + "; choose another with --data-dir", e);
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        // Closing the channel drops the lock.
        channel.close();
    }
}
