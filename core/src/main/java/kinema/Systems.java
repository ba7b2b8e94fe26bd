package kinema;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import kinema.cogvideo.CogVideo;
import kinema.cogvideox.CogVideoX;
import kinema.show1.Show1;
import kinema.system.VideoSystem;
import kinema.weights.ModelIndex;
import kinema.weights.WeightsException;

/** The one class that lists the systems: to add one is to add a line here. */
final class Systems {
    /** How each system is made; constructors, so that listing them loads none of their classes. */
    static final List<Supplier<VideoSystem>> ALL = List.of(CogVideoX::new, CogVideo::new, Show1::new);

    private Systems() {}

    /**
     * The system that a checkpoint belongs to.
     *
     * @throws WeightsException when the folder is no checkpoint, or one of a system that is not listed
     */
    static VideoSystem of(Path folder) {
        return of(folder, ALL.stream().map(Supplier::get).toList());
    }

    static VideoSystem of(Path folder, List<VideoSystem> systems) {
        if (!Files.isDirectory(folder)) {
            throw new WeightsException(folder + ": no such folder; a model is a folder with " + ModelIndex.NAME);
        }
        return systems.stream()
                .filter(system -> system.owns(folder))
                .findFirst()
                .orElseThrow(() -> new WeightsException(unknown(folder, systems)));
    }

    private static String unknown(Path folder, List<VideoSystem> systems) {
        Path index = folder.resolve(ModelIndex.NAME);
        if (Files.exists(index)) {
            List<String> known = systems.stream()
                    .flatMap(system -> system.pipelines().stream())
                    .sorted()
                    .toList();
            return index + ": '_class_name': unknown pipeline '"
                    + ModelIndex.pipelineIn(folder).orElse("") + "'; known: " + String.join(", ", known);
        }
        List<String> layouts =
                systems.stream().flatMap(system -> system.layouts().stream()).toList();
        return index + ": missing, and there is no " + String.join("; nor ", layouts)
                + "; name the folder that holds all parts of the model";
    }
}
