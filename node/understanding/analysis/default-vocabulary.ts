/** What scenes of films commonly show, in words that follow "a photo of". @default these */
export const DEFAULT_VOCABULARY: readonly string[] = `
a person, a man, a woman, a child, a baby, a group of people, a crowd, a couple, a family, a face in close-up, hands
a person talking to the camera, an interview, two people talking, a meeting, a speech on a stage, a press conference, a lecture, a phone call, a handshake
a person walking, a person running, a person dancing, a person swimming, a person climbing, a person cycling, a person driving, a person cooking, a person eating, a person reading, a person writing, a person working at a computer, a person playing guitar, a person playing piano, a person singing, a person sleeping, a person laughing, a person exercising
a concert, a band on stage, an audience, a theatre, a wedding, a birthday party, a parade, a demonstration, a market, a fair, fireworks, a ceremony
a football match, a basketball game, a tennis match, a race, a ski slope, surfing, boxing, gymnastics, athletics, a stadium
a city skyline, a street, a busy street at night, traffic, a motorway, a bridge, a building, a skyscraper, a house, a church, a castle, ruins, a monument, a tower, a construction site, a factory, a warehouse, a power station, wind turbines, solar panels
an office, a living room, a kitchen, a bedroom, a bathroom, a corridor, a staircase, a classroom, a library, a laboratory, a hospital, a shop, a supermarket, a restaurant, a bar, a hotel, a museum, a gym, a studio, a workshop, a garage
a car, a bus, a truck, a train, a tram, a motorcycle, a bicycle, an aeroplane, a helicopter, a drone, a boat, a ship, a harbour, an airport, a railway station
a mountain, a forest, a tree, a field, a meadow, a garden, flowers, a park, a river, a lake, a waterfall, the sea, a beach, an island, a desert, a cave, a volcano, snow, ice, rain, fog, clouds, the sky, a sunset, a sunrise, the moon, stars at night, lightning, fire, smoke
a dog, a cat, a horse, a cow, sheep, a bird, fish, insects, a wild animal, a farm
food, a cake, fruit, vegetables, a drink, coffee, wine
a computer screen, a smartphone, a camera, a microphone, a book, a newspaper, a map, a chart, a logo, a title card with text, a document, a whiteboard, money, a clock, tools, a machine, a robot, a painting, a sculpture
an aerial view, a time lapse, slow motion, an animation, a cartoon, a video game, a black and white film, a silhouette, a reflection, a colour chart
`.split(/[,\n]/).map((word) => word.trim()).filter((word) => word !== '')
