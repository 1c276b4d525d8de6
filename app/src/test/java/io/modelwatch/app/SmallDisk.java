package io.modelwatch.app;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A disk of some megabytes that can be filled to its last byte; a test that asks for one is skipped where none can be mounted. */
public final class SmallDisk implements AutoCloseable {

    private static final String BALLAST = "ballast";

    private final Path directory;

    private SmallDisk(Path directory) {
        this.directory = directory;
    }

    /** Mounts one over a new directory. */
    public static SmallDisk mount(Path directory, int megabytes) throws IOException, InterruptedException {
        Files.createDirectory(directory);
        String said = run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", directory.toString());
        assumeTrue(said == null, "skipped: no small disk can be mounted here, which needs root on Linux: " + said);
        return new SmallDisk(directory);
    }

    /** Returns a new directory on it. */
    public Path directory(String name) throws IOException {
        return Files.createDirectory(directory.resolve(name));
    }

    /** Takes all the room there is. */
    public void fill() throws IOException {
        byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(directory.resolve(BALLAST))) {
            while (Files.getFileStore(directory).getUsableSpace() > 0) {
                out.write(block);
            }
        }
    }

    /** Gives back what {@link #fill} took. */
    public void free() throws IOException {
        Files.delete(directory.resolve(BALLAST));
    }

    /** Makes a larger one of it. */
    public void grow(int megabytes) throws IOException, InterruptedException {
        String said = run("mount", "-o", "remount,size=" + megabytes + "m", directory.toString());
        if (said != null) {
            throw new IOException(said);
        }
    }

    /** Takes it away; who still has a file on it keeps that. */
    @Override
    public void close() throws IOException, InterruptedException {
        String said = run("umount", "--lazy", directory.toString());
        if (said != null) {
            throw new IOException(said);
        }
    }

    /** Returns what went wrong, or null. */
    private static String run(String... command) throws InterruptedException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0 ? null : said + " ";
        } catch (IOException e) {
            return e.getMessage();
        }
    }
}
