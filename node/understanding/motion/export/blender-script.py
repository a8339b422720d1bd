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


def scene_frame(camera, frame):
    return 1 + camera['offset'] + (frame - 1) * camera['step']


def add_track(clip, name, first):
    return clip.tracking.tracks.new(name=name, frame=first)


def add_objects(clip, camera):
    for thing in camera['objects']:
        track = add_track(clip, thing['name'], thing['points'][0][0])
        for frame, x, y, width, height, seen in thing['points']:
            marker = track.markers.insert_frame(int(frame), co=(x, 1 - y))
            w, h = max(width / 2, 0.002), max(height / 2, 0.002)
            marker.pattern_corners = ((-w, -h), (w, -h), (w, h), (-w, h))
            marker.search_min, marker.search_max = (-2 * w, -2 * h), (2 * w, 2 * h)


def add_features(clip, camera):
    for point in camera['features']:
        track = add_track(clip, point['name'], point['first'])
        for place, (x, y) in enumerate(point['places']):
            track.markers.insert_frame(point['first'] + place, co=(x, 1 - y))


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
            clip.frame_start = 1 + camera['offset']
            add_objects(clip, camera)
            add_features(clip, camera)
            if place == 0:
                scene.active_clip = clip
        add_empties(scene, camera)
        add_markers(scene, camera)
    if out is not None:
        bpy.ops.wm.save_as_mainfile(filepath=os.path.abspath(out))


main()
