"""What moves in films, for Blender 3.4 and later.

    blender -b -P script.py -- [FILM ...] [--save OUT.blend]

One film for each camera, in order; without them they are looked for beside this script, by their names.
For each camera it makes a movie clip with a track for each thing (its box is the pattern) and each point, and a
collection with an empty for each thing that goes where it goes: the picture is 1 wide with its middle at 0,
x to the right, y up. Stretches with motion are markers of the timeline. Later cameras begin later.
"""
import base64
import json
import os
import sys

import bpy

DATA = ''


def arguments():
    own = sys.argv[sys.argv.index('--') + 1:] if '--' in sys.argv else []
    out = own.pop(own.index('--save') + 1) if '--save' in own else None
    return [each for each in own if each != '--save'], out


def film_of(camera, place, films):
    beside = os.path.dirname(os.path.abspath(__file__)) if '__file__' in globals() else os.getcwd()
    path = films[place] if place < len(films) else os.path.join(beside, camera['name'])
    return path if os.path.isfile(path) else None


def lies_as_in_file(clip, camera):
    """Whether Blender does not turn the pictures upright: before 4.4 it never does."""
    if camera['turn'] in (90, 270) and camera['width'] != camera['height']:
        return (clip.size[0] > clip.size[1]) != (camera['width'] > camera['height'])
    return camera['turn'] != 0 and bpy.app.version < (4, 4, 0)


def placer(clip, camera):
    """From a place of the upright picture (down from its upper left) to one of the clip (up from its lower left)."""
    turn = camera['turn'] if lies_as_in_file(clip, camera) else 0
    return {
        90: lambda x, y: (y, x),
        180: lambda x, y: (1 - x, y),
        270: lambda x, y: (1 - y, 1 - x),
    }.get(turn, lambda x, y: (x, 1 - y)), turn in (90, 270)


def clip_frames(clip, camera, frames):
    """For each frame of the camera those of the clip that show it: where pictures come unevenly Blender may count another rate."""
    rate = (getattr(clip, 'fps', 0) or camera['fps']) / camera['fps']
    at = [round((frame - 1 - camera['skip']) * rate) + 1 for frame in frames]
    return [range(here, max(here + 1, after)) for here, after in zip(at, at[1:] + [at[-1] + 1])]


def scene_frame(camera, frame):
    return 1 + camera['offset'] + (frame - 1) * camera['step']


def add_track(clip, name, first):
    return clip.tracking.tracks.new(name=name, frame=first)


def add_objects(clip, camera):
    place, on_side = placer(clip, camera)
    for thing in camera['objects']:
        shown = clip_frames(clip, camera, [point[0] for point in thing['points']])
        track = add_track(clip, thing['name'], shown[0][0])
        for frames, (_frame, x, y, width, height, _seen) in zip(shown, thing['points']):
            w, h = max(width / 2, 0.002), max(height / 2, 0.002)
            if on_side:
                w, h = h, w
            for frame in frames:
                marker = track.markers.insert_frame(frame, co=place(x, y))
                marker.pattern_corners = ((-w, -h), (w, -h), (w, h), (-w, h))
                marker.search_min, marker.search_max = (-2 * w, -2 * h), (2 * w, 2 * h)


def add_features(clip, camera):
    place, _on_side = placer(clip, camera)
    for point in camera['features']:
        shown = clip_frames(clip, camera, range(point['first'], point['first'] + len(point['places'])))
        track = add_track(clip, point['name'], shown[0][0])
        for frames, (x, y) in zip(shown, point['places']):
            for frame in frames:
                track.markers.insert_frame(frame, co=place(x, y))


def add_empties(scene, camera):
    collection = bpy.data.collections.new(camera['name'])
    scene.collection.children.link(collection)
    aspect = camera['height'] / camera['width']
    for thing in camera['objects']:
        empty = bpy.data.objects.new(thing['name'], None)
        empty.empty_display_size = 0.05
        collection.objects.link(empty)
        for frame, x, y, _width, _height, _seen in thing['points']:
            empty.location = (x - 0.5, (0.5 - y) * aspect, 0)
            empty.keyframe_insert('location', frame=scene_frame(camera, frame))


def add_markers(scene, camera):
    for begin, end, zones in camera['stretches']:
        name = ' '.join(each for each in ('motion', zones) if each)
        scene.timeline_markers.new(name + ' begins', frame=round(scene_frame(camera, begin)))
        scene.timeline_markers.new(name + ' ends', frame=round(scene_frame(camera, end)))


def main():
    cameras = json.loads(base64.b64decode(DATA))
    films, out = arguments()
    scene = bpy.context.scene
    hero = cameras[0]
    scene.render.fps = max(1, round(hero['fps']))
    scene.render.fps_base = scene.render.fps / hero['fps']
    scene.render.resolution_x, scene.render.resolution_y = hero['width'], hero['height']
    scene.frame_start = 1
    scene.frame_end = max(1, max(camera['offset'] + camera['frames'] for camera in cameras))
    for place, camera in enumerate(cameras):
        path = film_of(camera, place, films)
        if path is None:
            print('%s is not beside this script: give its path after --. Its tracks are left out, its empties are made.' % camera['name'])
        else:
            if abs(camera['step'] - 1) > 1e-3:
                print('%s has another rate than the first camera: Blender shows its clip at the rate of the scene; its empty is in step.' % camera['name'])
            clip = bpy.data.movieclips.load(path)
            clip.name = camera['name']
            clip.use_fake_user = True  # what nothing uses is not saved
            clip.frame_start = 1 + camera['offset'] + round(camera['skip'] * camera['step'])
            add_objects(clip, camera)
            add_features(clip, camera)
            if place == 0:
                scene.active_clip = clip
        add_empties(scene, camera)
        add_markers(scene, camera)
    if out is not None:
        bpy.ops.wm.save_as_mainfile(filepath=os.path.abspath(out))


main()
