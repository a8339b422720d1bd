"""Serves live streams over RTSP with a password (basic, or digest when asked for): /cam is H.264 and A-law, /hevc is HEVC; prints its port."""
import sys
import gi
gi.require_version('Gst', '1.0')
gi.require_version('GstRtsp', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import Gst, GstRtsp, GstRtspServer, GLib

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address('127.0.0.1')
server.set_service('0')
auth = GstRtspServer.RTSPAuth()
token = GstRtspServer.RTSPToken()
token.set_string('media.factory.role', 'user')
if 'digest' in sys.argv:
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest('admin', 'hunter2', token)
else:
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic('admin', 'hunter2'), token)
server.set_auth(auth)
permissions = GstRtspServer.RTSPPermissions()
permissions.add_permission_for_role('user', 'media.factory.access', True)
permissions.add_permission_for_role('user', 'media.factory.construct', True)


def serve(path, launch):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_permissions(permissions)
    factory.set_shared(True)
    factory.set_launch(launch)
    server.get_mount_points().add_factory(path, factory)


picture = 'videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 ! '
encoder = 'x264enc tune=zerolatency key-int-max=25' if Gst.ElementFactory.find('x264enc') else 'openh264enc gop-size=25'
serve('/cam', '( ' + picture + encoder + ' ! h264parse ! rtph264pay name=pay0 pt=96 '
      'audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8 )')
if Gst.ElementFactory.find('x265enc'):
    serve('/hevc', '( ' + picture + 'x265enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! h265parse ! rtph265pay name=pay0 pt=96 )')
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
