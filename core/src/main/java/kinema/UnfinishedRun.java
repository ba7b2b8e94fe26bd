package kinema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import kinema.files.FileFailure;
import kinema.files.FolderLock;
import kinema.files.StrictJson;
import kinema.system.Schema;
import kinema.weights.WeightsException;

/**
 * A generation that was interrupted, as its {@link Spill} folder tells of it.
 *
 * @param folder the spill's
 * @param provenance what was asked for; {@link Provenance#request} asks for it again
 * @param notes those of the {@link Spill}
 * @param stage the stage it goes on in; empty where nothing is saved but the request
 * @param done steps of that stage that need not be taken again
 */
public record UnfinishedRun(
        Path folder, Provenance provenance, Map<String, String> notes, Optional<String> stage, int done) {
    private static final String REQUEST = "request.json";
    private static final String REQUEST_PARTIAL = REQUEST + ".partial";
    private static final int VERSION = 2;
    /** What may change from one part of a run to the next whatever the system: samples do not depend on it. */
    private static final Set<String> FREE = Set.of("tile", "fps", "draftDecoder");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Keeps a copy of the notes. */
    public UnfinishedRun {
        notes = Map.copyOf(notes);
    }

    /** Whether a folder is one of an unfinished run. */
    public static boolean isAt(Path folder) {
        return Files.isRegularFile(folder.resolve(REQUEST));
    }

    /** The file with the run's samples, such as latents, as safetensors; there once a step is saved. */
    public Path samples() {
        return StateFile.in(folder).file();
    }

    /** Whether a folder holds work to go on from, and not only what was asked for. */
    public static boolean isSaved(Path folder) {
        return isAt(folder) && StateFile.in(folder).exists();
    }

    /**
     * Makes sure that no run uses a folder, in this process or another; one that is not there is not used.
     *
     * @throws SpillException when one does
     */
    public static void requireUnused(Path folder) {
        if (!isAt(folder)) {
            return;
        }
        try {
            lock(folder).close();
        } catch (IOException e) {
            throw new SpillException(folder + ": cannot be locked for this run: " + FileFailure.writing(e), e);
        }
    }

    /**
     * Takes a folder for a run that saves its work there.
     *
     * @throws SpillException when another run does
     * @throws IOException when the folder cannot be written, or its file system knows no locks
     */
    static FolderLock lock(Path folder) throws IOException {
        return FolderLock.take(folder)
                .orElseThrow(
                        () -> new SpillException(folder + " is in use: another run saves its unfinished work there;"
                                + " wait until it ends, or choose another output"));
    }

    /**
     * Reads what a folder holds.
     *
     * @throws SpillException when it is not such a folder, damaged, or of another version
     */
    public static UnfinishedRun read(Path folder) {
        Path file = folder.resolve(REQUEST);
        if (!isAt(folder)) {
            String found = !Files.exists(folder)
                    ? "no such folder"
                    : Files.isDirectory(folder) ? "it has no " + REQUEST : "it is a file";
            throw new SpillException(folder + " is no unfinished run: " + found
                    + "; expected the folder that an interrupted generation left, such as video.mp4.kinema");
        }
        try {
            JsonNode root = StrictJson.read(file);
            checkVersion(file, root.path("version"));
            Map<String, String> notes = new HashMap<>();
            root.path("notes")
                    .properties()
                    .forEach(e -> notes.put(e.getKey(), e.getValue().asText()));
            Provenance provenance = Provenance.parse(root.path("request").toString());
            Optional<StateFile.Place> place = StateFile.in(folder).place();
            return new UnfinishedRun(
                    folder,
                    provenance,
                    notes,
                    place.map(StateFile.Place::stage),
                    place.map(StateFile.Place::done).orElse(0));
        } catch (JsonProcessingException e) {
            throw new SpillException(file + ": not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new SpillException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new SpillException(file + ": " + FileFailure.reading(file, e), e);
        }
    }

    /**
     * What a request that goes on from here makes.
     *
     * @param asked what it would make on its own; its pictures may be left out
     * @param schema of the system's settings; those of decoding may have changed, and those that are newer than the run have their own values
     * @throws WeightsException when the weights are others than those the run began with
     * @throws SpillException when it asks for another video
     */
    Provenance goOn(Provenance asked, Schema schema) {
        if (!asked.model().digest().equals(provenance.model().digest())) {
            throw new WeightsException(folder + " was begun with other weights: those of "
                    + provenance.model().name()
                    + ", digest " + provenance.model().digest() + "; the model "
                    + asked.model().name() + " has "
                    + asked.model().digest());
        }
        Provenance whole = asked;
        Optional<PictureNote> pictures = provenance.pictures();
        if (asked.pictures().isEmpty() && pictures.isPresent()) {
            if (!StateFile.in(folder).exists()) {
                throw new SpillException(folder + " holds nothing yet of what the request's "
                        + pictures.get().type() + " became; generate again with it");
            }
            whole = asked.withPictures(pictures.get());
        }
        Set<String> may = new HashSet<>(schema.ofDecoding());
        may.addAll(FREE);
        provenance.completed(schema).difference(whole, may).ifPresent(difference -> {
            throw SpillException.ofAnother(folder + " holds the unfinished run of another request: " + difference
                    + "; resume that one, remove the folder, or choose another output");
        });
        return whole;
    }

    /**
     * Removes what an unfinished run left, and its folder where nothing else is in it; does nothing where there is none.
     *
     * @throws UncheckedIOException when it cannot be removed
     */
    public static void delete(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try {
            // The request goes last: a state without it could not be told from that of another request.
            StateFile.in(folder).delete();
            Files.deleteIfExists(folder.resolve(REQUEST));
            Files.deleteIfExists(folder.resolve(REQUEST_PARTIAL));
            FolderLock.delete(folder);
            if (isEmpty(folder)) {
                Files.delete(folder.toAbsolutePath().normalize()); // that of "." cannot be removed by this name
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot remove the finished work in " + folder + ": " + FileFailure.writing(e), e);
        }
    }

    /** Writes what tells of a run into its folder. */
    static void write(Spill spill, Provenance provenance) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", VERSION);
        root.set("request", JSON.readTree(provenance.toJson()));
        ObjectNode notes = root.putObject("notes");
        spill.notes().forEach(notes::put);
        byte[] text =
                JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root).getBytes(StandardCharsets.UTF_8);
        Path partial = spill.folder().resolve(REQUEST_PARTIAL);
        Files.write(
                partial,
                text,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE,
                StandardOpenOption.SYNC);
        Files.move(partial, spill.folder().resolve(REQUEST), StandardCopyOption.ATOMIC_MOVE);
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    private static void checkVersion(Path file, JsonNode version) {
        if (version.asInt() != VERSION) {
            throw new SpillException(file + ": version must be " + VERSION + ", found "
                    + (version.isMissingNode() ? "none" : version) + "; go on with the Kinema that wrote it");
        }
    }
}
